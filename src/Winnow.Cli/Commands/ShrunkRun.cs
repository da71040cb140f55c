using System.Globalization;
using TorchSharp;
using Winnow.Cli.Options;
using Winnow.Experiments.Networks;
using Winnow.Networks.Shrinking;
using Winnow.Networks.Tracing;
using Winnow.Torch;
using Winnow.Training.Tasks.Classification;

namespace Winnow.Cli.Commands;

/// <summary>A smaller network out of a run of <c>winnow train</c>.</summary>
internal static class ShrunkRun
{
    public const string Magnitude = "magnitude", Taylor = "taylor", Random = "random", Slimming = UnitScoring.Slimming, Extension = ".safetensors";

    /// <summary>Training samples that gradients are taken of.</summary>
    public const int GradientSamples = UnitScoring.GradientSamples;

    /// <returns>What it came to, and how to go on.</returns>
    public static (ShrinkResult Result, string Next) Make(ShrinkRequest request)
    {
        var trained = TrainedRun.Open("", request.Network, request.Data, "by --data", request.Streaming, request.Decoding);
        TorchRuntime.Threads = request.Threads;
        var weights = trained.Weights();
        using var whole = new TrainedClassifier(trained.Task, weights, trained.WeightsPath);
        using var small = new TrainedClassifier(trained.Task, weights, trained.WeightsPath);
        var trace = NetworkTrace.Of(small.Module, small.Inputs(1));
        request.Note?.Invoke("finding out what channels are worth");
        var scores = UnitScoring.Of(request.By, trace, small, request.Seed, request.Stop);
        var removed = ChannelBudget.Macs(trace, scores, request.KeepMacs, request.Budget);
        var outcome = NetworkShrinker.Shrink(trace, removed);
        request.Note?.Invoke("measuring both networks");
        var accuracies = (whole.Accuracy(stop: request.Stop), small.Accuracy(stop: request.Stop));
        var (before, after) = PairedSpeeds.Of([1, 128], request.Threads, (threads, batch) => new Pair(whole, small, threads, batch), request.Stop);
        Save(trained, small, request.Output);
        return (ShrinkResult.Of(request, trace, removed, outcome.Difference,
            new(outcome.Before.Parameters, outcome.Before.Macs, outcome.Before.Bytes, before, new(accuracies.Item1)),
            new(outcome.After.Parameters, outcome.After.Macs, outcome.After.Bytes, after, new(accuracies.Item2))),
            Next(trained, request.Output));
    }

    /// <summary>Writes weights or the network itself, whichever the name says.</summary>
    private static void Save(TrainedRun trained, TrainedClassifier small, string path)
    {
        if (path.EndsWith(ExportedClassifier.Extension, StringComparison.OrdinalIgnoreCase))
        {
            ExportedClassifier.Of(trained, small).Network.Save(path);
        }
        else
        {
            ShrunkNetwork.Save(small.Module, path);
        }
    }

    private static string Next(TrainedRun trained, string path) => path.EndsWith(ExportedClassifier.Extension, StringComparison.OrdinalIgnoreCase) ? $"Network: {path}, which takes what the data files hold"
        : $"Weights: {path}\nRecover: winnow train {trained.Plan.Data} --model {trained.Recipe.Model}{(trained.Recipe.Width is { } width ? string.Create(CultureInfo.InvariantCulture, $" --width {width}") : "")} --weights {path} --epochs 4";

    private sealed class Pair : PairedSpeeds.IPair
    {
        private readonly torch.nn.Module<torch.Tensor, torch.Tensor> _whole, _small;
        private readonly torch.Tensor _inputs;
        private readonly IDisposable _silent = torch.no_grad();

        public Pair(TrainedClassifier whole, TrainedClassifier small, int threads, int batch)
        {
            TorchRuntime.Threads = threads;
            (_whole, _small, _inputs) = (whole.Module, small.Module, whole.Inputs(batch));
        }

        public void Whole()
        {
            using var output = _whole.call(_inputs);
        }

        public void Small()
        {
            using var output = _small.call(_inputs);
        }

        public void Dispose()
        {
            _inputs.Dispose();
            _silent.Dispose();
        }
    }
}
