using System.Globalization;
using System.Runtime.InteropServices;
using Winnow.Numerics;

namespace Winnow.Samples;

/// <summary>
/// What signals and labels may hold. The pruner asks here whatever it is handed, from C#, C or Python, and so does whoever reads such numbers
/// from files; nothing else checks them.
/// </summary>
/// <remarks>
/// Losses and scores may be any float32: what is NaN or infinite is counted, and its sample kept. What the numbers of another signal may be its <see cref="Signal.Range"/>
/// says: confidences are probabilities, in [0, 1], where NaN says that the model gave none; correctness is 0 or 1.
/// </remarks>
public static class SignalRules
{
    /// <summary>So many classes are possible however few samples there are; beyond it there are at most as many classes as samples.</summary>
    public const int FewClasses = 1 << 16;

    /// <summary>Refuses signals of another number than the samples, and values that a signal can't hold.</summary>
    /// <param name="signals">The signals; empty ones aren't given. Their ids aren't looked at.</param>
    /// <param name="samples">How many samples they are of.</param>
    /// <exception cref="SignalException">The first that is wrong.</exception>
    public static void Check(in BatchSignals signals, int samples)
    {
        CheckCount(signals.Losses.Length, samples, Signal.Loss.Plural);
        CheckCount(signals.Scores.Length, samples, "scores");
        for (var place = 0; place < signals.Count; place++)
        {
            CheckCount(signals.ValuesAt(place).Length, samples, signals.SignalAt(place).Plural);
        }

        for (var place = 0; place < signals.Count; place++)
        {
            Check(signals.SignalAt(place), signals.ValuesAt(place));
        }
    }

    /// <summary>Refuses numbers that a signal can't hold.</summary>
    /// <param name="signal">Which; it says what its numbers may be.</param>
    /// <param name="values">The numbers.</param>
    /// <exception cref="SignalException">The first that is wrong, by its place.</exception>
    public static void Check(Signal signal, ReadOnlySpan<float> values)
    {
        ArgumentNullException.ThrowIfNull(signal);
        var wrong = signal.Range switch
        {
            SignalRange.Probability => FirstNoProbability(values),
            SignalRange.Flag => FlagSearch.FirstOther(values),
            _ => -1,
        };
        if (wrong >= 0)
        {
            throw Wrong(signal, wrong, values[wrong]);
        }
    }

    /// <summary>Whole numbers as the numbers of a signal whose range is <see cref="SignalRange.Flag"/>.</summary>
    /// <param name="signal">Which, such as <see cref="Signal.Correct"/>.</param>
    /// <param name="values">Each 0 or 1.</param>
    /// <exception cref="SignalException">The first that is wrong, by its place.</exception>
    public static float[] Flags(Signal signal, ReadOnlySpan<long> values)
    {
        ArgumentNullException.ThrowIfNull(signal);
        var at = values.IndexOfAnyExceptInRange(0L, 1L);
        if (at >= 0)
        {
            throw Wrong(signal, at, values[at]);
        }

        var flags = new float[values.Length];
        for (var i = 0; i < flags.Length; i++)
        {
            flags[i] = values[i];
        }

        return flags;
    }

    /// <summary>Booleans as the numbers of a signal whose range is <see cref="SignalRange.Flag"/>.</summary>
    /// <param name="values">True is 1.</param>
    public static float[] Flags(ReadOnlySpan<bool> values)
    {
        var flags = new float[values.Length];
        for (var i = 0; i < flags.Length; i++)
        {
            flags[i] = values[i] ? 1 : 0;
        }

        return flags;
    }

    /// <summary>Whole numbers as labels.</summary>
    /// <param name="labels">One a sample: classes count from 0, up to <see cref="FewClasses"/> or the number of samples, whichever is more.</param>
    /// <exception cref="SignalException">The first that is wrong, by its place.</exception>
    public static int[] Labels(ReadOnlySpan<long> labels)
    {
        var classes = MostClasses(labels.Length);
        var at = labels.IndexOfAnyExceptInRange(0L, classes - 1L);
        if (at >= 0)
        {
            throw NoClass(at, labels[at], classes);
        }

        var narrow = new int[labels.Length];
        for (var i = 0; i < narrow.Length; i++)
        {
            narrow[i] = (int)labels[i];
        }

        return narrow;
    }

    /// <summary>Refuses labels that are no classes.</summary>
    /// <param name="labels">One a sample: classes count from 0, up to <see cref="FewClasses"/> or the number of samples, whichever is more.</param>
    /// <exception cref="SignalException">The first that is wrong, by its place.</exception>
    public static void CheckLabels(ReadOnlySpan<int> labels)
    {
        var classes = MostClasses(labels.Length);
        var at = labels.IndexOfAnyExceptInRange(0, classes - 1);
        if (at >= 0)
        {
            throw NoClass(at, labels[at], classes);
        }
    }

    // What is remembered a class must not outgrow what is remembered a sample: one wild label would ask for gigabytes.
    private static int MostClasses(int samples) => Math.Max(FewClasses, samples);

    private static int FirstNoProbability(ReadOnlySpan<float> values)
    {
        // Floats from 0 to 1 are, as bits, the whole numbers from 0 to those of 1: many are compared at a time. NaN and -0 aren't among them.
        var bits = MemoryMarshal.Cast<float, uint>(values);
        var one = BitConverter.SingleToUInt32Bits(1f);
        for (var at = 0; at < bits.Length; at++)
        {
            var next = bits[at..].IndexOfAnyExceptInRange(0u, one);
            if (next < 0)
            {
                return -1;
            }

            at += next;
            if (values[at] is not (>= 0 and <= 1) && !float.IsNaN(values[at]))
            {
                return at;
            }
        }

        return -1;
    }

    private static void CheckCount(int given, int samples, string what)
    {
        if (given != 0 && given != samples)
        {
            throw new SignalException($"{given} {what} for {samples} samples; pass one a sample, or none");
        }
    }

    private static SignalException Wrong<T>(Signal signal, int at, T value) => new(string.Create(CultureInfo.InvariantCulture, $"{signal.Array}[{at}] is {value}; {signal.Rule}"));

    private static SignalException NoClass(int at, long label, int classes) =>
        new($"label {label} of sample {at} is not in [0, {classes}); classes count from 0, without large gaps");
}
