using System.CommandLine;
using System.Security.Cryptography;
using Winnow.Data;
using Winnow.Data.Formats;
using Winnow.Policies;
using Winnow.Samples;
using Needed = Winnow.Samples.Signals;

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

    /// <summary>Refuses a method that has to be told what wasn't given, before any file is read.</summary>
    public void CheckNeeds(ParseResult parsed, string spec, Needed needs)
    {
        foreach (var (need, option, what) in new[]
        {
            (Needed.Labels, _labels, "the samples' classes: give --labels y.npy"),
            (Needed.Predictions, _confidences, "the model's predictions: give --confidences c.npy and --correct k.npy"),
            (Needed.Predictions, _correct, "the model's predictions: give --confidences c.npy and --correct k.npy"),
            (Needed.BatchLosses, _batchLosses, "the losses of the samples' batches: give --batch-losses b.npy"),
        })
        {
            if ((needs & need) == need && parsed.GetValue(option) is null)
            {
                throw new UsageException($"{spec} looks at {what}, one number a sample.");
            }
        }
    }

    /// <summary>Reads the labels; empty when they aren't given.</summary>
    public int[] Labels(ParseResult parsed, int samples)
    {
        if (parsed.GetValue(_labels) is not { } file)
        {
            return [];
        }

        var array = Vector(file, samples);
        if (!array.IsInteger)
        {
            throw new DataException($"{file}: the elements are {array.Type}; labels are whole numbers: y.astype('int64').");
        }

        var labels = WholeNumbers(file, array, "no label is so large; classes count from 0");
        return Of(file, () => SignalRules.Labels(labels));
    }

    /// <summary>Tells a policy what the files say, all of it as of before the first epoch. Samples whose loss is NaN were never seen.</summary>
    public void Tell(ParseResult parsed, IPruningPolicy policy, SampleTable samples, float[] losses)
    {
        long[] seen = [.. Enumerable.Range(0, losses.Length).Where(id => !float.IsNaN(losses[id])).Select(static id => (long)id)];
        var signals = new BatchSignals
        {
            Ids = seen,
            Losses = Pick(losses, seen),
            Confidences = Confidences(parsed, losses.Length) is { } confidences ? Pick(confidences, seen) : default,
            Correct = Correct(parsed, losses.Length) is { } correct ? Pick(correct, seen) : default,
            BatchLosses = BatchLosses(parsed, losses.Length) is { } means ? Pick(means, seen) : default,
            Epoch = -1,
        };
        samples.Mark(signals);
        policy.Observe(samples, signals);
    }

    /// <summary>What the files say of some samples, in the order of their ids; the ids may be empty.</summary>
    public BatchSignals Read(ParseResult parsed, long[] ids, float[] losses) => new()
    {
        Ids = ids,
        Losses = losses,
        Confidences = Confidences(parsed, losses.Length),
        Correct = Correct(parsed, losses.Length),
        BatchLosses = BatchLosses(parsed, losses.Length),
    };

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

    private float[]? Confidences(ParseResult parsed, int samples)
    {
        if (parsed.GetValue(_confidences) is not { } file)
        {
            return null;
        }

        var values = Floats(file, samples);
        return Of(file, () =>
        {
            SignalRules.CheckConfidences(values);
            return values;
        });
    }

    private bool[]? Correct(ParseResult parsed, int samples)
    {
        if (parsed.GetValue(_correct) is not { } file)
        {
            return null;
        }

        var array = Vector(file, samples);
        if (!array.IsInteger)
        {
            throw new DataException($"{file}: the elements are {array.Type}; give booleans or 0 and 1: (predicted == y).");
        }

        var values = WholeNumbers(file, array, "it is 0 or 1, whether the prediction was right: (predicted == y)");
        return Of(file, () => SignalRules.Correct(values));
    }

    private float[]? BatchLosses(ParseResult parsed, int samples) => parsed.GetValue(_batchLosses) is { } file ? Floats(file, samples) : null;

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
