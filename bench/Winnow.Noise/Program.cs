// What a sample's last loss says of it where the loss depends on what was drawn for the visit: denoising. Trains on all samples in every epoch, then takes the mean of each
// sample's losses over many draws by the trained network, and prints Spearman's rank correlation of that mean with what a method could go by.
//
// usage: Winnow.Noise SAMPLES EPOCHS DRAWS SEED
// Prints one JSON line: the correlations with the mean loss, and with the mean of losses relative to those at about the same time step. "halves" is the correlation of the mean over half of the draws with that over the others: how well the mean itself is known.
using System.Globalization;
using Winnow.Data;
using Winnow.Plans;
using Winnow.Records;
using Winnow.Torch;
using Winnow.Training;
using Winnow.Training.Tasks;
using Winnow.Training.Tasks.Denoising;
using static TorchSharp.torch;

if (args.Length != 4)
{
    Console.Error.WriteLine("usage: Winnow.Noise SAMPLES EPOCHS DRAWS SEED");
    return 2;
}

var culture = CultureInfo.InvariantCulture;
var (samples, epochs, draws, seed) = (int.Parse(args[0], culture), int.Parse(args[1], culture), int.Parse(args[2], culture), ulong.Parse(args[3], culture));
TorchRuntime.Load();
var recipe = new DenoisingRecipe { Width = 16, Epochs = epochs, Layout = MemoryLayout.Contiguous };
var task = new LookedAt(recipe.CreateTask(DataSources.Open("fashion-mnist").Limited(samples)), draws);
var visits = new Visits(task, seed);
new Trainer(task, recipe, CPU).Run(new TrainingRequest { Method = "full", Seed = seed }, [visits]);

Console.WriteLine(string.Create(culture, $$"""{"samples": {{samples}}, "epochs": {{epochs}}, "draws": {{draws}}, "seed": {{seed}}, "mean_loss": {{Against(task.Losses)}}, "mean_relative_loss": {{Against(task.Relative)}}}"""));
return 0;

string Against(List<float[]> rows)
{
    var (means, halves) = (Mean(rows), Spearman(Mean(rows[..(draws / 2)]), Mean(rows[(draws / 2)..])));
    var numbers = new (string Name, float[] Values)[] { ("last_loss", visits.Raw[^1]), ("last_relative", visits.Relative[^1]), ("running_loss", Running(visits.Raw)), ("running_relative", Running(visits.Relative)) };
    return $"{{{string.Join(", ", numbers.Select(entry => string.Create(culture, $"\"{entry.Name}\": {Spearman(entry.Values, means):F3}")).Prepend(string.Create(culture, $"\"halves\": {halves:F3}")))}}}";
}

float[] Mean(List<float[]> rows) => [.. Enumerable.Range(0, samples).Select(id => rows.Average(row => row[id]))];

// An exponential mean that keeps 0.7 of what was known, without the share of the unknown past.
float[] Running(List<float[]> rows)
{
    var (mean, rest) = (new float[samples], 1f);
    foreach (var row in rows)
    {
        rest *= 0.7f;
        mean = [.. mean.Zip(row, static (old, now) => (0.7f * old) + (0.3f * now))];
    }

    return [.. mean.Select(value => value / (1 - rest))];
}

static double Spearman(float[] one, float[] other)
{
    var (a, b) = (Ranks(one), Ranks(other));
    var middle = (one.Length - 1) / 2.0;
    return a.Zip(b, (x, y) => (x - middle) * (y - middle)).Sum() / a.Sum(x => (x - middle) * (x - middle));
}

static double[] Ranks(float[] values)
{
    var places = Enumerable.Range(0, values.Length).ToArray();
    Array.Sort((float[])values.Clone(), places);
    var ranks = new double[values.Length];
    for (var rank = 0; rank < places.Length; rank++)
    {
        ranks[places[rank]] = rank;
    }

    return ranks;
}

/// <summary>Keeps what each epoch saw of each sample.</summary>
internal sealed class Visits(TrainingTask task, ulong seed) : TrainerCallback
{
    public List<float[]> Raw { get; } = [];

    public List<float[]> Relative { get; } = [];

    public override void OnEpochObserved(EpochPlan plan, SampleColumns signals)
    {
        Raw.Add(ById(plan, signals.Losses));
        Relative.Add(ById(plan, task.Scores(plan.Order, new SampleDraws(seed, plan.Epoch), signals.Losses)));
    }

    private static float[] ById(EpochPlan plan, float[] values)
    {
        var byId = new float[values.Length];
        for (var k = 0; k < values.Length; k++)
        {
            byId[plan.Order[k]] = values[k];
        }

        return byId;
    }
}

/// <summary>A task as it is, whose network is asked at the end for the losses of all training samples over many draws.</summary>
internal sealed class LookedAt(TrainingTask inner, int draws) : TrainingTask
{
    /// <summary>A row of losses a draw.</summary>
    public List<float[]> Losses { get; } = [];

    /// <summary>The same as scores.</summary>
    public List<float[]> Relative { get; } = [];

    public override string Name => inner.Name;

    public override DataInfo Dataset => inner.Dataset;

    public override IReadOnlyList<Metric> Metrics { get; } = [new("mean_loss", HigherIsBetter: false, Decides: true)];

    public override nn.Module CreateModel(Device device) => inner.CreateModel(device);

    public override ISampleReader OpenTrain(Device device, MemoryLayout layout) => inner.OpenTrain(device, layout);

    public override ISampleReader OpenTest(Device device, MemoryLayout layout) => inner.OpenTest(device, layout);

    public override Tensor Forward(nn.Module model, Batch batch) => inner.Forward(model, batch);

    public override SampleOutput Measure(Tensor output, Batch batch, SampleRequest request) => inner.Measure(output, batch, request);

    public override float[] Scores(ReadOnlySpan<int> ids, SampleDraws? drawn, float[] losses) => inner.Scores(ids, drawn, losses);

    public override Evaluation Evaluate(Evaluator evaluator)
    {
        int[] ids = [.. Enumerable.Range(0, Dataset.Train)];
        for (var draw = 0; evaluator.IsLast && draw < draws; draw++)
        {
            using var scope = NewDisposeScope();
            using var pass = evaluator.TrainSamples.Read(ids, new SampleDraws(1_000_003, draw));
            var row = new List<float>();
            for (var start = 0; start < ids.Length; start += 500)
            {
                using var step = NewDisposeScope();
                var batch = pass.Take(start, Math.Min(500, ids.Length - start));
                row.AddRange(Measure(evaluator.Forward(batch), batch, new SampleRequest(Training: true, new HashSet<string>())).Losses.ToArray<float>());
            }

            Losses.Add([.. row]);
            Relative.Add(Scores(ids, new SampleDraws(1_000_003, draw), Losses[^1]));
        }

        return new Evaluation(new Dictionary<string, double> { ["mean_loss"] = Losses.Count == 0 ? double.NaN : Losses.Average(static row => row.Average()) });
    }
}
