using System.Text.Json.Serialization;

namespace Winnow.Records.Comparisons;

/// <summary>Milliseconds of a batch sent forward.</summary>
/// <param name="Batch">Samples.</param>
/// <param name="Threads">Threads computed with.</param>
/// <param name="Median">Milliseconds; the median over the seeds of each one's median.</param>
/// <param name="ToDense">The same over the whole network's, by turns at the same time; the median over the seeds.</param>
public sealed record NetworkSpeed(int Batch, int Threads, double Median, double ToDense);

/// <summary>How wide a group of coupled channels is.</summary>
/// <param name="Name">The first layer that makes them.</param>
/// <param name="Before">In the whole network.</param>
/// <param name="After">In the smaller one, a number a seed.</param>
public sealed record NetworkWidth(string Name, int Before, IReadOnlyList<int> After);

/// <summary>What one network of a comparison came to over all seeds. Lists have an entry a seed, in the order of <see cref="Seeds"/>.</summary>
public sealed record NetworkArmResult
{
    /// <summary>The arm's unique name.</summary>
    public required string Name { get; init; }

    /// <summary><c>dense</c>, <c>penalised</c>, <c>pruned</c>, <c>scratch-e</c>, <c>scratch-b</c> or <c>width</c>.</summary>
    public required string Kind { get; init; }

    /// <summary>What channels were worth; null where none was taken out by worth.</summary>
    public string? By { get; init; }

    /// <summary>The share of multiplications that was asked for; null for whole networks.</summary>
    public double? KeepMacs { get; init; }

    /// <summary>The pruned network whose widths this one has; null for others.</summary>
    public string? MatchedTo { get; init; }

    /// <summary>The model's width of a dense network at a smaller one; null for others.</summary>
    public int? Width { get; init; }

    /// <summary>The seeds.</summary>
    public required IReadOnlyList<ulong> Seeds { get; init; }

    /// <summary>Trainable parameters.</summary>
    public required IReadOnlyList<long> Parameters { get; init; }

    /// <summary>Multiplications with additions for one sample.</summary>
    public required IReadOnlyList<long> Macs { get; init; }

    /// <summary>Bytes of the state.</summary>
    public required IReadOnlyList<long> Bytes { get; init; }

    /// <summary>Milliseconds of a batch, in float32; of a scratch arm those of the network whose widths it has.</summary>
    public required IReadOnlyList<NetworkSpeed> Milliseconds { get; init; }

    /// <summary>How wide each group of channels is; empty for arms that aren't pruned themselves.</summary>
    public IReadOnlyList<NetworkWidth> Widths { get; init; } = [];

    /// <summary>Test accuracy of the cut alone, in [0, 1]; null for arms that aren't pruned.</summary>
    public Spread? Cut { get; init; }

    /// <summary>What the network is judged by at the end, means over the seeds, one of which decides.</summary>
    public required Metrics Metrics { get; init; }

    /// <summary>Epochs trained, those of a pruned network's whole one included; a share of one where fewer steps end a run.</summary>
    public required IReadOnlyList<double> Epochs { get; init; }

    /// <summary>Multiplications with additions of all training, a pass backward counted as two forward; of a pruned network with those of the whole one and of choosing.</summary>
    public required IReadOnlyList<double> TrainingMacs { get; init; }

    /// <summary>Parameters, averaged over all steps of training (Jin et al., "The journey matters", ICLR 2025).</summary>
    public required IReadOnlyList<double> AverageParameters { get; init; }

    /// <summary>Sample visits of all training, as in <see cref="TrainingMacs"/>.</summary>
    public required IReadOnlyList<long> Visited { get; init; }

    /// <summary>Seconds of the arm's own training: of a pruned network those of recovery.</summary>
    public required IReadOnlyList<double> WallSeconds { get; init; }

    /// <summary>The deciding metric less that of the whole network.</summary>
    public Difference? DeltaDense { get; init; }

    /// <summary>Of a pruned network, less that of the same widths trained from scratch for as much compute.</summary>
    public Difference? DeltaScratchB { get; init; }

    /// <summary>Of a pruned network, less that of the same widths trained from scratch for the whole network's epochs.</summary>
    public Difference? DeltaScratchE { get; init; }

    /// <summary>Of a pruned network, less that of the dense one of the nearest width for as much compute.</summary>
    public Difference? DeltaWidth { get; init; }

    /// <summary>Of a pruned network, less that of one whose channels were drawn at random.</summary>
    public Difference? DeltaRandom { get; init; }

    /// <summary>SHA-256 over the final weights.</summary>
    public required IReadOnlyList<string> WeightsSha256 { get; init; }

    /// <summary>The speed at the largest batch on the fewest threads: what time goes by multiplications in, if anywhere. Null where none was measured.</summary>
    [JsonIgnore]
    public NetworkSpeed? LargestBatch => Milliseconds.OrderByDescending(static speed => speed.Batch).ThenBy(static speed => speed.Threads).FirstOrDefault();

    /// <summary>What decides, and how its numbers are written.</summary>
    [JsonIgnore]
    public Judgement Judgement => Judgement.Of(Metrics);

    /// <summary>The deciding metric over the seeds; null in a damaged result.</summary>
    [JsonIgnore]
    public Spread? Judged => Metrics.Deciding is { Value: { Value: { } mean, Values: { } values } metric } ? new Spread { Mean = mean, Std = metric.Std, Values = values } : null;
}

/// <summary><c>result.json</c> of a <c>winnow compare</c> of smaller networks, and what <c>--json</c> prints.</summary>
public sealed record NetworkComparisonResult
{
    /// <summary>What <see cref="Kind"/> is.</summary>
    public const string KindName = "compare-networks";

    /// <summary>Which verb wrote this.</summary>
    public string Kind { get; init; } = KindName;

    /// <summary>Name of the data set.</summary>
    public required string Data { get; init; }

    /// <summary>Model name.</summary>
    public required string Model { get; init; }

    /// <summary>Epochs of the recipe, which whole networks are trained for.</summary>
    public required int Epochs { get; init; }

    /// <summary>Epochs that pruned ones are trained on.</summary>
    public required int Recover { get; init; }

    /// <summary>The data method of that.</summary>
    public required string Method { get; init; }

    /// <summary>A result an arm.</summary>
    public required IReadOnlyList<NetworkArmResult> Arms { get; init; }

    /// <summary>True when the comparison was stopped early: the arms hold the seeds that every one of them finished.</summary>
    public bool Interrupted { get; init; }

    /// <summary>Level of every interval.</summary>
    public double IntervalLevel { get; init; } = 0.95;

    /// <summary>What the numbers do and don't show, in sentences.</summary>
    public required IReadOnlyList<string> Notes { get; init; }

    /// <summary>Size and fingerprint of the data.</summary>
    public required DataInfo Dataset { get; init; }

    /// <summary>The recipe of every arm.</summary>
    public required RecordedRecipe Recipe { get; init; }

    /// <summary>Where it ran.</summary>
    public required RunEnvironment Environment { get; init; }

    /// <summary>The run folder.</summary>
    public string? Run { get; init; }
}
