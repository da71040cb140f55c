using System.Globalization;
using System.Runtime.InteropServices;

namespace Winnow.Samples;

/// <summary>
/// What signals and labels may hold. The pruner asks here whatever it is handed, from C#, C or Python, and so does whoever reads such numbers
/// from files; nothing else checks them.
/// </summary>
/// <remarks>
/// Losses, scores and batch losses may be any float32: what is NaN or infinite is counted, and its sample kept. Confidences are probabilities,
/// in [0, 1]; NaN says that the model gave none, and counts as not sure. Correctness is 0 or 1.
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
        CheckCount(signals.Losses.Length, samples, "losses");
        CheckCount(signals.Scores.Length, samples, "scores");
        CheckCount(signals.BatchLosses.Length, samples, "batch losses");
        CheckCount(signals.Confidences.Length, samples, "confidences");
        CheckCount(signals.Correct.Length, samples, "correctness flags");
        CheckConfidences(signals.Confidences);
        CheckCorrect(signals.Correct);
    }

    /// <summary>Refuses confidences that are no probabilities.</summary>
    /// <param name="confidences">In [0, 1], or NaN.</param>
    /// <exception cref="SignalException">The first that is wrong, by its place.</exception>
    public static void CheckConfidences(ReadOnlySpan<float> confidences)
    {
        // Floats from 0 to 1 are, as bits, the whole numbers from 0 to those of 1: many are compared at a time. NaN and -0 aren't among them.
        var bits = MemoryMarshal.Cast<float, uint>(confidences);
        var one = BitConverter.SingleToUInt32Bits(1f);
        for (var at = 0; at < bits.Length; at++)
        {
            var next = bits[at..].IndexOfAnyExceptInRange(0u, one);
            if (next < 0)
            {
                return;
            }

            at += next;
            if (confidences[at] is not (>= 0 and <= 1) && !float.IsNaN(confidences[at]))
            {
                throw new SignalException(string.Create(CultureInfo.InvariantCulture,
                    $"confidences[{at}] is {confidences[at]}; a confidence is the probability of the model's own prediction, in [0, 1]: the largest softmax output, not the logit"));
            }
        }
    }

    /// <summary>Refuses flags that are neither true nor false, as memory from other languages may hold.</summary>
    /// <param name="correct">Each one byte, 0 or 1.</param>
    /// <exception cref="SignalException">The first that is wrong, by its place.</exception>
    public static void CheckCorrect(ReadOnlySpan<bool> correct)
    {
        var bytes = MemoryMarshal.AsBytes(correct);
        var at = bytes.IndexOfAnyExceptInRange((byte)0, (byte)1);
        if (at >= 0)
        {
            throw NeitherRightNorWrong(at, bytes[at]);
        }
    }

    /// <summary>Whole numbers as flags.</summary>
    /// <param name="correct">Each 0 or 1.</param>
    /// <exception cref="SignalException">The first that is wrong, by its place.</exception>
    public static bool[] Correct(ReadOnlySpan<long> correct)
    {
        var at = correct.IndexOfAnyExceptInRange(0L, 1L);
        if (at >= 0)
        {
            throw NeitherRightNorWrong(at, correct[at]);
        }

        var flags = new bool[correct.Length];
        for (var i = 0; i < flags.Length; i++)
        {
            flags[i] = correct[i] == 1;
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

    private static void CheckCount(int given, int samples, string what)
    {
        if (given != 0 && given != samples)
        {
            throw new SignalException($"{given} {what} for {samples} samples; pass one a sample, or none");
        }
    }

    private static SignalException NeitherRightNorWrong(int at, long value) =>
        new($"correct[{at}] is {value}; it is 0 or 1, whether the prediction was right: (predicted == y)");

    private static SignalException NoClass(int at, long label, int classes) =>
        new($"label {label} of sample {at} is not in [0, {classes}); classes count from 0, without large gaps");
}
