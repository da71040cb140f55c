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

    /// <summary>The arrays as spans. They are the caller's memory, for as long as the call lasts.</summary>
    public static BatchSignals Read(NativeSignals* signals, long* ids, long count)
    {
        Check.Structure(signals, signals is null ? 0 : signals->Size, "signals");
        Check.Count(signals->Reserved, "signals->reserved", 0, 0);
        return new BatchSignals
        {
            Ids = Optional(ids, count, "ids"),
            Losses = Optional(signals->Losses, count, "signals->losses"),
            Scores = Optional(signals->Scores, count, "signals->scores"),
            BatchLosses = Optional(signals->BatchLosses, count, "signals->batch_losses"),
            Confidences = Optional(signals->Confidences, count, "signals->confidences"),
            // As they lie there: the core looks at each byte.
            Correct = MemoryMarshal.Cast<byte, bool>(Optional(signals->Correct, count, "signals->correct")),
        };
    }

    // The count is checked though there may be nothing to count.
    private static ReadOnlySpan<T> Optional<T>(T* values, long count, string name) where T : unmanaged
    {
        var length = Check.Length(count, name);
        return Check.Span(values, values is null ? 0 : length, name);
    }
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
