using Winnow.Cli.Options;
using Winnow.Data;
using Winnow.Experiments.Networks;
using Winnow.Networks.Shrinking;
using Winnow.Onnx;
using Winnow.Onnx.Recovery;
using Winnow.Onnx.Shrinking;

namespace Winnow.Cli.Commands;

/// <summary>A smaller network out of an ONNX file, without training.</summary>
internal static class ShrunkModel
{
    public const string Obs = "obs";

    /// <summary>Samples that layers are fitted on where nothing else is said.</summary>
    public const int DefaultSamples = 256;

    /// <returns>What it came to, and how to go on.</returns>
    public static (ShrinkResult Result, string Next) Make(ShrinkRequest request)
    {
        var network = OnnxNetwork.Load(request.Network);
        var samples = ModelSamples.Open(network, request.Network, request.Data, request.Streaming, request.Samples ?? DefaultSamples, request.Seed, request.Decoding);
        Winnow.Torch.TorchRuntime.Load();
        Winnow.Torch.TorchRuntime.Threads = request.Threads;
        var trace = Trace(request.Network, network, samples.Calibration);
        request.Note?.Invoke($"finding out what channels are worth{(samples.Name is null && (request.By == Obs || request.Compensation != Compensation.None) ? ", on random inputs; --data names samples" : "")}");
        var scores = request.By switch
        {
            Obs => OnnxScores.Obs(trace, samples.Calibration, stop: request.Stop),
            NetworkArms.Random => UnitScores.Random(trace, request.Seed),
            _ => UnitScores.Magnitude(trace),
        };
        var removed = ChannelBudget.Macs(trace, scores, request.Keep, request.Budget);
        var shrunk = OnnxShrinker.Shrink(trace, removed);
        request.Note?.Invoke("fitting what is left");

        // Statistics of drawn numbers are none of the network's own data.
        var mended = OnnxRecovery.Recover(trace, shrunk, samples.Calibration, new() { Compensation = request.Compensation, RecalibrateNorms = samples.Name is not null && request.Compensation != Compensation.None }, request.Stop);
        request.Note?.Invoke("measuring both networks");
        var (first, second) = (Accuracy(network, samples, request), Accuracy(mended, samples, request));
        var speeds = Speeds(network, mended, samples.Calibration, request);
        mended.Save(request.Output);
        var size = OnnxShrinker.SizeOf(mended, samples.Calibration);
        var (old, small) = (shrunk.Outcome.Before, shrunk.Outcome.After);
        return (ShrinkResult.Of(request, trace, removed, shrunk.Outcome.Difference, new(old.Parameters, old.Macs, old.Bytes, Speed.OfWhole(speeds), first), new(size.Parameters, small.Macs, size.Bytes, Speed.OfSmall(speeds), second)) with
        {
            Calibration = request.By == Obs || request.Compensation != Compensation.None ? new(request.Compensation.ToString().ToLowerInvariant(), samples.Name ?? "random", samples.Calibration.Count) : null,
        }, $"Network: {request.Output}{(request.Compensation == Compensation.None ? (samples.Name is null ? ", fitted on nothing; --data names samples that layers are fitted on" : "") : samples.Name is null ? ", fitted on random inputs; --data names samples, which are better" : $", fitted on {samples.Calibration.Count} samples of {samples.Name}")}");
    }

    /// <summary>Milliseconds of either network by turns, as <see cref="ForwardSpeed.ByTurns"/> has them of modules.</summary>
    private static List<ForwardSpeed> Speeds(OnnxNetwork whole, OnnxNetwork small, OnnxSamples samples, ShrinkRequest request)
    {
        var speeds = new List<ForwardSpeed>();
        foreach (var threads in new[] { 1, request.Threads }.Distinct())
        {
            foreach (var batch in samples.Rows is { } rows ? [rows] : ForwardSpeed.Batches)
            {
                using var one = new OnnxBatch(whole, samples, batch, threads);
                using var other = new OnnxBatch(small, samples, batch, threads);
                var (first, second) = ForwardSpeed.Medians(one.Run, other.Run, request.Stop);
                speeds.Add(new(batch, threads, first, second));
            }
        }

        return speeds;
    }

    private static OnnxTrace Trace(string path, OnnxNetwork network, OnnxSamples samples)
    {
        try
        {
            return OnnxTrace.Of(network, samples);
        }
        catch (DataException error)
        {
            throw new DataException($"{path}: {error.Message}", error);
        }
    }

    /// <summary>The share of the test samples that are told right; null without data, and where the network tells no classes of theirs.</summary>
    private static ShrunkMetrics? Accuracy(OnnxNetwork network, ModelSamples samples, ShrinkRequest request) =>
        samples.Test is { } test && OnnxClasses.Of(network, test, samples.Classes, request.Threads, request.Stop) is { } found ? new(found.Zip(samples.Labels).Count(static pair => pair.First == pair.Second) / (double)found.Length) : null;
}
