using TorchSharp;
using Winnow.Records;
using Winnow.Training.Tasks;
using static TorchSharp.torch;

/// <summary>The network is given waves with noise on them and learns to give back the waves. Judged by the mean squared error.</summary>
internal sealed class Denoising(int train, int test) : TrainingTask
{
    public override string Name => "denoise";

    // The fingerprint changes with whatever the samples are made from.
    public override DataInfo Dataset => new("waves", train, test, Classes: 0, Fingerprint: $"waves-1-{train}-{test}");

    public override IReadOnlyList<Metric> Metrics => [new("mse", HigherIsBetter: false, Decides: true)];

    public override nn.Module CreateModel(Device device) =>
        nn.Sequential(nn.Linear(Waves.Length, 128), nn.ReLU(), nn.Linear(128, 128), nn.ReLU(), nn.Linear(128, Waves.Length)).to(device);

    public override ISampleReader OpenTrain(Device device, MemoryLayout layout) => new Waves(train, seed: 1, device);

    public override ISampleReader OpenTest(Device device, MemoryLayout layout) => new Waves(test, seed: 2, device);

    public override SampleOutput Measure(Tensor output, Batch batch, SampleRequest request) =>
        new(nn.functional.mse_loss(output, batch[Batch.Target], nn.Reduction.None).mean([1]));

    public override Evaluation? Evaluate(Evaluator evaluator) =>
        evaluator.Test() is { } columns ? new(new Dictionary<string, double> { ["mse"] = columns.Losses.Average() }) : null;
}
