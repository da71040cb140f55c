using System.Runtime.InteropServices;
using Winnow.Samples;

namespace Winnow.Native;

// The structures of native/winnow/winnow.h, field for field; that page says what they mean.

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct NativeOptions
{
    public uint Size;
    public int Epochs;
    public ulong Seed;
    public int Threads;
    public int AllowUnobserved;
    public int* Labels;
    public long LabelCount;
}

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct NativeSignals
{
    public uint Size;
    public uint Reserved;
    public float* Losses;
    public float* Scores;
    public float* BatchLosses;
    public float* Confidences;
    public byte* Correct;

    /// <summary>The arrays as the core takes them. They are the caller's memory, for as long as the call lasts, but for what has to be converted.</summary>
    public static GivenSignals Read(NativeSignals* signals, long* ids, long count)
    {
        Check.Structure(signals, signals is null ? 0 : signals->Size, "signals");
        Check.Count(signals->Reserved, "signals->reserved", 0, 0);
        var given = new BatchSignals
        {
            Ids = Optional(ids, count, "ids"),
            Losses = Optional(signals->Losses, count, "signals->losses"),
            Scores = Optional(signals->Scores, count, "signals->scores"),
        };
        return new GivenSignals(
            given.With(Signal.BatchLoss, Optional(signals->BatchLosses, count, "signals->batch_losses")).With(Signal.Confidence, Optional(signals->Confidences, count, "signals->confidences")),
            Optional(signals->Correct, count, "signals->correct"));
    }

    // The count is checked though there may be nothing to count.
    private static ReadOnlySpan<T> Optional<T>(T* values, long count, string name) where T : unmanaged
    {
        var length = Check.Length(count, name);
        return Check.Span(values, values is null ? 0 : length, name);
    }
}

/// <summary>The signals of a call, until it ends.</summary>
internal readonly unsafe ref struct GivenSignals
{
    private readonly float* _flags;

    /// <param name="signals">All but the flags.</param>
    /// <param name="correct">As bytes, which become floats as they are: the core looks whether each is 0 or 1.</param>
    public GivenSignals(BatchSignals signals, ReadOnlySpan<byte> correct)
    {
        if (correct.IsEmpty)
        {
            Signals = signals;
            return;
        }

        // Not from a pool: that keeps what it was given, and a whole epoch's may be gigabytes.
        _flags = (float*)NativeMemory.Alloc((nuint)correct.Length, sizeof(float));
        var flags = new Span<float>(_flags, correct.Length);
        for (var i = 0; i < flags.Length; i++)
        {
            flags[i] = correct[i];
        }

        Signals = signals.With(Signal.Correct, flags);
    }

    public BatchSignals Signals { get; }

    public void Dispose() => NativeMemory.Free(_flags);
}

[StructLayout(LayoutKind.Sequential)]
internal struct NativePlanFacts
{
    public uint Size;
    public int Epoch;
    public int Epochs;
    public int Reserved;
    public long Samples;
    public long Visits;
    public double WeightSum;
}

[StructLayout(LayoutKind.Sequential)]
internal struct NativeStatistics
{
    public uint Size;
    public int Epochs;
    public long Samples;
    public long Planned;
    public long Observed;
    public long Unobserved;
    public long Repeated;
    public long Refreshed;
    public long NonFinite;
    public double AskedSave;
    public double Saved;
    public double MeanLoss;
    public double WeightedLoss;
    public double StoredLoss;
    public double LearningRateScale;
}
