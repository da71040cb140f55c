using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using Winnow.Networks.Masks;
using Winnow.Policies;
using Winnow.Records;
using Winnow.Scores;

namespace Winnow.Training;

/// <summary>What is asked of one run beside the recipe.</summary>
public sealed record TrainingRequest
{
    /// <summary>A spec of the policy catalogue, such as <c>infobatch:keep=0.5</c>.</summary>
    public required string Method { get; init; }

    /// <summary>Decides initial weights, order, draws and augmentation.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>
    /// Ends the run after so many steps, with the schedule shortened to end there; null runs the recipe's epochs. This is the control
    /// for a pruned run: the full data under the same number of steps.
    /// </summary>
    public long? Steps { get; init; }

    /// <summary>Used in place of the one that <see cref="Method"/> describes; the method's text is then a name only.</summary>
    public IPruningPolicy? Policy { get; init; }

    /// <summary>
    /// Scores that are made of the training samples beside the training, by their specs (<see cref="ScoreCatalog"/>); none by default. They change nothing in it. Those that look at
    /// visits see what the method visits: with <c>full</c> all samples.
    /// </summary>
    public IReadOnlyList<string> Scores { get; init; } = [];

    /// <summary>Whether the trained network is asked at the end for the features of every training sample, <see cref="TrainingOutcome.Features"/>.</summary>
    public bool Features { get; init; }

    /// <summary>Ends the run after so many of its epochs, with the schedule as it is for all of them; null runs all. For scores that are made early.</summary>
    public int? Until { get; init; }

    /// <summary>A teacher that is learned from beside the labels; null for none.</summary>
    public Distillation? Teacher { get; init; }

    /// <summary>What the run begins with in place of the task's own first weights; null for those.</summary>
    public StartingNetwork? Start { get; init; }

    /// <summary>
    /// Which channels' scales the penalty of <see cref="TrainingSettings.Slimming"/> leaves alone, a mask a batch norm's scale, set where a channel stays: those without a mask are left alone, too
    /// (MaskSparsity, where the channels that will go are known before). Null penalises all.
    /// </summary>
    public MaskSet? Unpenalised { get; init; }

    /// <summary>Before which step, 0-based, the weights are kept as they are then, in <see cref="TrainingOutcome.KeptWeights"/>: 0 for the first ones. Null keeps none.</summary>
    public long? KeepAt { get; init; }

    /// <summary>The share of the learning rate's schedule that the run's start has behind it, in [0, 1): the run goes through the rest of it. Default 0.</summary>
    public double ScheduleFrom { get; init; }

    /// <summary>What was spent before the run on choosing what it trains on, which is counted as its own; null for nothing.</summary>
    public SpentBefore? Spent { get; init; }

    /// <summary>What the recipe's learning rate is multiplied by, above 0: for a control whose steps are as large as a pruned run's.</summary>
    public double LearningRateScale { get; init; } = 1;
}

/// <summary>What was spent before a run on choosing what it trains on.</summary>
/// <param name="Seconds">Wall-clock seconds.</param>
/// <param name="Forwards">Samples sent forward.</param>
/// <param name="Backwards">Samples sent backward.</param>
public sealed record SpentBefore(double Seconds, long Forwards, long Backwards);

/// <summary>One tensor of the trained model on the host, in C order.</summary>
/// <param name="Name">Its name in the model, as PyTorch has it.</param>
/// <param name="Shape">The sizes of its dimensions; none for a single number.</param>
/// <param name="Type">The element type as safetensors writes it: <c>F32</c>, <c>F64</c>, <c>F16</c>, <c>BF16</c>, <c>I64</c>, <c>I32</c>, <c>I16</c>, <c>I8</c>, <c>U8</c> or <c>BOOL</c>.</param>
/// <param name="Bytes">The elements.</param>
public sealed record WeightArray(string Name, IReadOnlyList<long> Shape, string Type, byte[] Bytes)
{
    /// <summary>Type and shape for a message, such as <c>F32[3, 4]</c>.</summary>
    public string Description => Winnow.Checkpoints.SafetensorsHeader.Describe(Type, Shape);

    /// <summary>The elements as float32.</summary>
    /// <exception cref="InvalidOperationException">They are of another type.</exception>
    public float[] Values => Type == "F32"
        ? System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(Bytes).ToArray()
        : throw new InvalidOperationException($"\"{Name}\" holds {Type} and not F32; read its bytes.");
}

/// <summary>What a run came to.</summary>
public sealed record TrainingOutcome : RunTotals
{
    /// <summary>With all members to be set.</summary>
    public TrainingOutcome()
    {
    }

    /// <summary>Of a run that came to these totals; what else is required has to be set, too.</summary>
    [SetsRequiredMembers]
    internal TrainingOutcome(RunTotals totals)
        : base(totals) => (Method, History, Weights) = (null!, null!, null!);

    /// <summary>The canonical method spec.</summary>
    public required string Method { get; init; }

    /// <summary>The seed.</summary>
    public required ulong Seed { get; init; }

    /// <summary>Epochs finished.</summary>
    public required int Epochs { get; init; }

    /// <summary>Samples that the same number of full epochs would have visited.</summary>
    public required long FullVisits { get; init; }

    /// <summary>Steps that the same number of full epochs would have taken.</summary>
    public required long FullSteps { get; init; }

    /// <summary>What the same number of full epochs would have computed, in the unit of <see cref="RunTotals.Compute"/>.</summary>
    public long FullCompute => 3 * FullVisits;

    /// <summary>What was saved against the same number of full epochs, but for time, which takes a full run to compare with.</summary>
    public Saved Saved => new()
    {
        Samples = 1 - ((double)Visited / FullVisits),
        Steps = 1 - ((double)Steps / FullSteps),
        Compute = 1 - ((double)Compute / FullCompute),
    };

    /// <summary>The scores that were asked for, in that order, one number a training sample; empty when the run was interrupted.</summary>
    public IReadOnlyList<ScoreValues> Scores { get; init; } = [];

    /// <summary>The weights that the run had before the step that was asked for; null where none was, or the run didn't come to it: since it was interrupted, or took fewer steps on fewer samples.</summary>
    public IReadOnlyList<WeightArray>? KeptWeights { get; init; }

    /// <summary>Which weights the run kept; null where it dropped none.</summary>
    public MaskSet? Masks { get; init; }

    /// <summary>What the trained network makes of every training sample, where the request asks for it.</summary>
    public SampleFeatures? Features { get; init; }

    /// <summary>A report an epoch.</summary>
    public required IReadOnlyList<EpochReport> History { get; init; }

    /// <summary>Parameters and running statistics at the end.</summary>
    public required IReadOnlyList<WeightArray> Weights { get; init; }

    /// <summary>The result of <see cref="WeightsSha256"/> once the weights themselves were let go.</summary>
    internal string? WeightsDigest { get; init; }

    /// <summary>The same without the weights themselves, of which only the fingerprint stays.</summary>
    public TrainingOutcome WithoutWeights() => this with { Weights = [], KeptWeights = null, WeightsDigest = WeightsSha256() };

    /// <summary>SHA-256 over names, shapes and bits of <see cref="Weights"/>: equal for runs that ended bit for bit the same.</summary>
    public string WeightsSha256()
    {
        if (WeightsDigest is not null)
        {
            return WeightsDigest;
        }

        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var weight in Weights)
        {
            hash.AppendData(Encoding.UTF8.GetBytes($"{weight.Name}[{string.Join(',', weight.Shape)}]"));
            hash.AppendData(weight.Bytes);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
