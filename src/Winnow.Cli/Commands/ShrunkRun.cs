using System.Globalization;
using TorchSharp;
using Winnow.Cli.Options;
using Winnow.Experiments.Networks;
using Winnow.Networks.Depth;
using Winnow.Networks.Shrinking;
using Winnow.Networks.Tracing;
using Winnow.Torch;
using Winnow.Training.Tasks.Classification;

namespace Winnow.Cli.Commands;

/// <summary>A smaller network out of a run of <c>winnow train</c>.</summary>
internal static class ShrunkRun
{
    /// <summary>Training samples that running statistics are estimated on: 64 batches of 128.</summary>
    public const int NormSamples = 8192;

    /// <summary>What layers are worth by how far they turn what they are given.</summary>
    public const string Cosine = "cosine";

    /// <returns>What it came to, and how to go on; null where it was stopped while the smaller network was trained on, which can be gone on with.</returns>
    public static (ShrinkResult Result, string Next)? Make(ShrinkRequest request, Terminal terminal)
    {
        var trained = TrainedRun.Open("", request.Network, request.Data, "by --data", request.Streaming, request.Decoding);
        var dense = request.Recovery is { } recovery ? RecoveredRun.Check(recovery, trained, request.Network) : null;

        TorchRuntime.Threads = request.Threads;
        var weights = trained.Weights();
        using var whole = new TrainedClassifier(trained.Task, weights, trained.WeightsPath);
        using var small = new TrainedClassifier(trained.Task, weights, trained.WeightsPath);
        var (outcome, told) = request.Layers ? LayersOut(request, small) : ChannelsOut(request, whole, small);
        request.Note?.Invoke("measuring both networks");
        var right = small.Accuracy(request.Progress("accuracy of the cut"), request.Stop);
        double? cut = null;
        if (request.Recalibrates && small.Recalibrate(NormSamples, request.Seed, request.Progress("running statistics"), request.Stop))
        {
            (cut, right) = (right, small.Accuracy(request.Progress("accuracy after"), request.Stop));
        }

        var first = whole.Accuracy(request.Progress("accuracy before"), request.Stop);
        var speeds = Speeds(request, whole, small);
        var result = told(
            new(outcome.Before.Parameters, outcome.Before.Macs, outcome.Before.Bytes, Speed.OfWhole(speeds), new(first)),
            new(outcome.After.Parameters, outcome.After.Macs, outcome.After.Bytes, Speed.OfSmall(speeds), new(right))) with
        {
            CutAccuracy = cut,
        };
        if (request.Recovery is null)
        {
            Save(trained, small, request.Output);
            return (result, Next(trained, request.Output));
        }

        var run = RecoveredRun.Make(request, trained, small, terminal);
        if (run.Result.Interrupted)
        {
            terminal.WriteNote($"The smaller network isn't trained to the end; winnow train --resume {run.Folder} goes on, and leaves {run.Weights}. {request.Output} wasn't written.");
            return null;
        }

        // The recovered run's task makes the network as small as its weights are, over the same data.
        var again = trained with { Task = (ClassificationTask)run.Trainer.Task, WeightsPath = run.Weights, Content = File.ReadAllBytes(run.Weights) };
        TorchRuntime.Threads = request.Threads;
        using var recovered = new TrainedClassifier(again.Task, again.Weights(), run.Weights);
        Save(again, recovered, request.Output);
        var accuracy = recovered.Accuracy(request.Progress("accuracy recovered"), request.Stop);
        var size = result.After with { Milliseconds = Speed.OfSmall(Speeds(request, whole, recovered)), Metrics = new(accuracy) };
        return (result with { Recovered = size, Recovery = run.Told(dense, outcome.Before.Parameters, outcome.After.Parameters) }, Written(request.Output));
    }

    private static (ShrinkOutcome Outcome, Func<ShrunkSize, ShrunkSize, ShrinkResult> Told) ChannelsOut(ShrinkRequest request, TrainedClassifier whole, TrainedClassifier small)
    {
        request.Note?.Invoke("finding out which channels go together, and what they are worth");
        var trace = NetworkTrace.Of(small.Module, small.Inputs(1));
        var scores = UnitScoring.Of(request.By, trace, small, request.Seed, request.Stop);
        var chosen = Chosen.Of(request, trace, scores, whole, small);
        var outcome = NetworkShrinker.Shrink(trace, chosen.Removed);
        return (outcome, (before, after) => ShrinkResult.Of(request, trace, chosen.Removed, outcome.Difference, before, after) with { RoundTo = chosen.RoundTo, Roundings = chosen.Roundings, Reached = chosen.Reached });
    }

    private static (ShrinkOutcome Outcome, Func<ShrunkSize, ShrunkSize, ShrinkResult> Told) LayersOut(ShrinkRequest request, TrainedClassifier small)
    {
        request.Note?.Invoke("finding out which layers can go whole, and what they are worth");
        var trace = BlockTrace.Of(small.Module, small.Inputs(1));
        var scores = request.By switch
        {
            Cosine => BlockScores.Cosine(trace, () => small.Show(UnitScoring.GradientSamples, request.Seed, request.Stop)),
            NetworkArms.Random => BlockScores.Random(trace, request.Seed),
            _ => BlockScores.Magnitude(trace),
        };
        var removed = BlockBudget.Choose(trace, scores, request.Target!.Value, request.Keep);
        var outcome = DepthShrinker.Shrink(trace, removed);
        return (outcome, (before, after) => ShrinkResult.Of(request, trace, removed, outcome.Difference, before, after));
    }

    private static IReadOnlyList<ForwardSpeed> Speeds(ShrinkRequest request, TrainedClassifier whole, TrainedClassifier small) =>
        ForwardSpeed.ByTurns(whole.Module, small.Module, whole.Inputs, request.Threads, request.Stop);

    /// <summary>Writes weights or the network itself, whichever the name says.</summary>
    private static void Save(TrainedRun trained, TrainedClassifier small, string path)
    {
        if (IsNetwork(path))
        {
            ExportedClassifier.Of(trained, small).Network.Save(path);
        }
        else
        {
            ShrunkNetwork.Save(small.Module, path);
        }
    }

    private static string Next(TrainedRun trained, string path) => IsNetwork(path) ? Written(path)
        : $"{Written(path)}\nRecover: winnow train {trained.Plan.Data} --model {trained.Recipe.Model}{(trained.Recipe.Width is { } width ? string.Create(CultureInfo.InvariantCulture, $" --width {width}") : "")} --weights {path} --epochs 4, or --recover 4 here";

    private static string Written(string path) => IsNetwork(path) ? $"Network: {path}, which takes what the data files hold" : $"Weights: {path}";

    private static bool IsNetwork(string path) => path.EndsWith(ExportedClassifier.Extension, StringComparison.OrdinalIgnoreCase);

    /// <summary>The units that go, and how that was found out.</summary>
    private sealed record Chosen(IReadOnlyList<ChannelUnit> Removed, int RoundTo, RoundingTime[]? Roundings, ReachedTime? Reached)
    {
        public static Chosen Of(ShrinkRequest request, NetworkTrace trace, IReadOnlyList<IReadOnlyList<double>> scores, TrainedClassifier whole, TrainedClassifier small)
        {
            using var silent = torch.no_grad();
            using var inputs = whole.Inputs(request.TimedBatch);
            var speed = new CutSpeed(trace, () => whole.Module.call(inputs).Dispose(), () => small.Module.call(inputs).Dispose(), stop: request.Stop);
            if (request.Target is not { } target)
            {
                var (removed, reached) = speed.Milliseconds(scores, request.Keep, request.Budget, request.Progress("milliseconds of networks of several sizes"));
                return new(removed, request.Budget.RoundTo, null, ReachedTime.Of(request, reached));
            }

            if (!request.RoundsBySpeed)
            {
                return new(At(request.Budget.RoundTo), request.Budget.RoundTo, null, null);
            }

            var roundings = speed.Rounding(At, request.Progress("milliseconds of several roundings"));
            return new(At(roundings[0].RoundTo), roundings[0].RoundTo, [.. roundings.Select(entry => new RoundingTime(entry.RoundTo, ReachedTime.Of(request, entry.Time)))], null);

            IReadOnlyList<ChannelUnit> At(int round) => ChannelBudget.Choose(trace, scores, target, request.Keep, request.Budget with { RoundTo = round });
        }
    }
}
