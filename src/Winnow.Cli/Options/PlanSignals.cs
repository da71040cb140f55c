using System.CommandLine;
using System.Security.Cryptography;
using Winnow.Data;
using Winnow.Data.Formats;
using Winnow.Policies;
using Winnow.Samples;

namespace Winnow.Cli.Options;

/// <summary>The losses that <c>plan</c> and <c>observe</c> read, and the files that they take beside them, for methods that have to be told more.</summary>
internal sealed class PlanSignals
{
    private readonly Option<string?> _labels = File("--labels", "the class of each sample, whole numbers from 0, for methods that look at classes");
    private readonly Option<string?> _confidences = File("--confidences", "the probability that the model gave to its own prediction, for methods that look at predictions");
    private readonly Option<string?> _correct = File("--correct", "whether the prediction was right, booleans or 0 and 1; goes with --confidences");
    private readonly Option<string?> _batchLosses = File("--batch-losses", "the mean loss of the batch that each sample was in, for +batch-loss");

    public void AddTo(Command command)
    {
        foreach (var option in Files)
        {
            command.Options.Add(option);
        }
    }

    /// <summary>The files that were given.</summary>
    public IEnumerable<string> Given(ParseResult parsed) => Files.Select(parsed.GetValue).OfType<string>();

    /// <summary>Refuses a method that looks at classes where they weren't given, before any file is read.</summary>
    public void CheckLabels(ParseResult parsed, string spec, IPruningPolicy policy)
    {
        if (policy.NeedsLabels && parsed.GetValue(_labels) is null)
        {
            throw Missing(spec, "the samples' classes: give --labels y.npy");
        }
    }

    /// <summary>Refuses a method that has to be told of each sample what wasn't given, before any file is read.</summary>
    public void CheckNeeds(ParseResult parsed, string spec, IPruningPolicy policy)
    {
        foreach (var signal in policy.Needs.Where(static signal => signal != Signal.Loss))
        {
            if (OptionOf(signal) is not { } option)
            {
                throw new UsageException($"{spec} looks at {signal} of each sample, which no option gives; take a method that goes by what the options give.");
            }

            if (parsed.GetValue(option) is null)
            {
                throw Missing(spec, signal == Signal.BatchLoss ? "the losses of the samples' batches: give --batch-losses b.npy" : "the model's predictions: give --confidences c.npy and --correct k.npy");
            }
        }
    }

    /// <summary>Reads the labels; empty when they aren't given.</summary>
    public int[] Labels(ParseResult parsed, int samples) => parsed.GetValue(_labels) is { } file ? Labels(file, samples) : [];

    /// <summary>A class for each sample.</summary>
    /// <param name="file">An npy file.</param>
    /// <param name="samples">How many there are; null where the labels say that, of which there is at least one.</param>
    public static int[] Labels(string file, int? samples)
    {
        var array = samples is { } count ? Vector(file, count) : Npy.Read(file);
        if (samples is null && (array.Shape.Length != 1 || array.Length == 0))
        {
            throw new DataException($"{file}: the shape is {array.ShapeText}; one label a sample, [N], is needed, and one at least.");
        }

        if (!array.IsInteger)
        {
            throw new DataException($"{file}: the elements are {array.Type}; labels are whole numbers: y.astype('int64') where all are whole.");
        }

        var labels = WholeNumbers(file, array, "no label is so large; classes count from 0");
        return Of(file, () => SignalRules.Labels(labels));
    }

    /// <summary>Tells a policy what the files say, all of it as of before the first epoch. Samples whose loss is NaN were never seen.</summary>
    public void Tell(ParseResult parsed, IPruningPolicy policy, SampleTable samples, float[] losses)
    {
        long[] seen = [.. Enumerable.Range(0, losses.Length).Where(id => !float.IsNaN(losses[id])).Select(static id => (long)id)];
        var signals = new BatchSignals { Ids = seen, Losses = Pick(losses, seen), Epoch = -1 };
        foreach (var (signal, values) in Given(parsed, losses.Length))
        {
            signals = signals.With(signal, Pick(values, seen));
        }

        samples.Mark(signals);
        policy.Observe(samples, signals);
    }

    /// <summary>What the files say of some samples, in the order of their ids; the ids may be empty.</summary>
    public BatchSignals Read(ParseResult parsed, long[] ids, float[] losses)
    {
        var signals = new BatchSignals { Ids = ids, Losses = losses };
        foreach (var (signal, values) in Given(parsed, losses.Length))
        {
            signals = signals.With(signal, values);
        }

        return signals;
    }

    /// <summary>SHA-256 over the bytes of each file that was given, by option; for the manifest.</summary>
    public IReadOnlyDictionary<string, string> Fingerprints(ParseResult parsed)
    {
        var found = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var option in Files)
        {
            if (parsed.GetValue(option) is { } file)
            {
                using var stream = System.IO.File.OpenRead(file);
                found[option.Name.TrimStart('-').Replace('-', '_')] = Convert.ToHexStringLower(SHA256.HashData(stream));
            }
        }

        return found;
    }

    /// <summary>The options.</summary>
    public Option<string?>[] Files => [_labels, .. OfSamples];

    /// <summary>Those that belong to losses: all but the labels.</summary>
    public Option<string?>[] OfSamples => [_confidences, _correct, _batchLosses];

    /// <summary>The labels.</summary>
    public Option<string?> LabelsOption => _labels;

    /// <summary>A vector of losses.</summary>
    // Neither flattened nor converted from integers: a matrix of losses or a file of labels is a mistake that a plan wouldn't show.
    public static float[] Losses(string file)
    {
        var array = Npy.Read(file);
        if (array.Shape.Length != 1)
        {
            throw new DataException($"{file}: the losses have the shape {array.ShapeText}; one number a sample, [N], is needed: losses.ravel(), or losses[-1] for the last of several epochs.");
        }

        if (array.IsInteger)
        {
            throw new DataException($"{file}: the elements are {array.Type}; losses are floats: losses.astype('float32').");
        }

        return array.Length > 0 ? array.ToSingles() : throw new DataException($"{file}: there are no samples; at least one loss is needed.");
    }

    private static Option<string?> File(string name, string what) => new(name) { Description = $"an npy file, one number a sample: {what}", HelpName = "file.npy" };

    private static T[] Pick<T>(T[] values, long[] ids) => [.. ids.Select(id => values[id])];

    private Option<string?>? OptionOf(Signal signal) =>
        signal == Signal.Confidence ? _confidences : signal == Signal.Correct ? _correct : signal == Signal.BatchLoss ? _batchLosses : null;

    private static UsageException Missing(string spec, string what) => new($"{spec} looks at {what}, one number a sample.");

    // The signals whose files were given.
    private List<(Signal Signal, float[] Values)> Given(ParseResult parsed, int samples)
    {
        var given = new List<(Signal, float[])>();
        foreach (var signal in new[] { Signal.Confidence, Signal.Correct, Signal.BatchLoss })
        {
            if (parsed.GetValue(OptionOf(signal)!) is { } file)
            {
                given.Add((signal, signal.Range == SignalRange.Flag ? Correct(file, samples) : Numbers(signal, file, samples)));
            }
        }

        return given;
    }

    private static float[] Numbers(Signal signal, string file, int samples)
    {
        var values = Floats(file, samples);
        return Of(file, () =>
        {
            SignalRules.Check(signal, values);
            return values;
        });
    }

    /// <summary>Whether each prediction was right: 1 or 0.</summary>
    public static float[] Correct(string file, int samples)
    {
        var array = Vector(file, samples);
        if (!array.IsInteger)
        {
            throw new DataException($"{file}: the elements are {array.Type}; give booleans or 0 and 1: (predicted == y).");
        }

        var values = WholeNumbers(file, array, "it is 0 or 1, whether the prediction was right: (predicted == y)");
        return Of(file, () => SignalRules.Flags(Signal.Correct, values));
    }

    private static float[] Floats(string file, int samples)
    {
        var array = Vector(file, samples);
        return array.IsInteger ? throw new DataException($"{file}: the elements are {array.Type}; floats are needed: .astype('float32').") : array.ToSingles();
    }

    /// <summary>Sample ids, one for each loss.</summary>
    public static long[] Ids(string file, int losses)
    {
        var array = Npy.Read(file);
        if (array.Type == NpyType.Boolean)
        {
            throw new DataException($"{file}: the elements are booleans, a mask; ids are sample numbers: numpy.flatnonzero(mask), and losses[mask] where there is a loss for every sample.");
        }

        return array.IsInteger
            ? WholeNumbers(file, OneEach(file, array, losses), "there is no such sample; ids are 0-based")
            : throw new DataException($"{file}: the elements are {array.Type}; ids are whole numbers, which floats round: keep them integers, or ids.astype('int64') where all are whole.");
    }

    // Unsigned numbers go further than any sample, class or flag.
    private static long[] WholeNumbers(string file, NpyArray array, string rule)
    {
        if (array.Type == NpyType.UInt64)
        {
            var values = array.AsSpan<ulong>();
            var at = values.IndexOfAnyExceptInRange(0UL, (ulong)long.MaxValue);
            if (at >= 0)
            {
                throw new DataException($"{file}: element {at} is {values[at]}; {rule}.");
            }
        }

        return array.ToInt64s();
    }

    // What the core says of values, with the file that they are in.
    private static T Of<T>(string file, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (SignalException error)
        {
            throw new DataException($"{file}: {error.Message}.", error);
        }
    }

    private static NpyArray Vector(string file, int samples) => OneEach(file, Npy.Read(file), samples);

    private static NpyArray OneEach(string file, NpyArray array, int samples) =>
        array.Shape.Length == 1 && array.Length == samples
            ? array
            : throw new DataException($"{file}: the shape is {array.ShapeText}; one number for each of the {samples} losses is needed, in the same order.");
}
