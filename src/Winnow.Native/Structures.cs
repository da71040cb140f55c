using System.Runtime.CompilerServices;
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
        var correct = Check.Span(signals->Correct, signals->Correct is null ? 0 : count, "correct");
        var place = correct.IndexOfAnyExceptInRange((byte)0, (byte)1);
        if (place >= 0)
        {
            throw new InputException($"correct[{place}] is {correct[place]}; it is 0 or 1");
        }

        return new BatchSignals
        {
            Ids = Check.Span(ids, ids is null ? 0 : count, "ids"),
            Losses = Optional(signals->Losses, count),
            Scores = Optional(signals->Scores, count),
            BatchLosses = Optional(signals->BatchLosses, count),
            Confidences = Optional(signals->Confidences, count),
            Correct = MemoryMarshal.Cast<byte, bool>(correct),
        };
    }

    private static ReadOnlySpan<float> Optional(float* values, long count) => Check.Span(values, values is null ? 0 : count, "signals");
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

/// <summary>What can be found out about a caller's memory before it is touched.</summary>
internal static unsafe class Check
{
    private const int LongestText = 4096;

    /// <summary>A structure that is there and of this library's version.</summary>
    public static void Structure<T>(T* structure, uint size, string name) where T : unmanaged
    {
        NotNull(structure, name);
        if (size != sizeof(T))
        {
            throw new InputException($"{name}->size is {size} and the structure has {sizeof(T)} bytes here; set it to its sizeof, and compile against " +
                "the winnow.h of this library's version");
        }
    }

    public static void NotNull(void* pointer, string name)
    {
        if (pointer is null)
        {
            throw new InputException($"{name} is NULL; pass an address");
        }
    }

    public static Span<T> Span<T>(T* pointer, long count, string name) where T : unmanaged
    {
        if (count is < 0 or > int.MaxValue)
        {
            throw new InputException($"{count} elements of {name}; a count is in [0, {int.MaxValue}]");
        }

        if (count > 0)
        {
            NotNull(pointer, name);
            if ((nuint)pointer % (nuint)Unsafe.SizeOf<T>() != 0)
            {
                throw new InputException($"{name} doesn't lie at a multiple of {Unsafe.SizeOf<T>()} bytes, the size of its elements; pass an aligned array");
            }
        }

        return new Span<T>(pointer, (int)count);
    }

    /// <summary>A text; invalid UTF-8 is refused rather than replaced.</summary>
    public static string Text(byte* text, string name)
    {
        NotNull(text, name);
        var length = 0;
        while (length <= LongestText && text[length] != 0)
        {
            length++;
        }

        if (length > LongestText)
        {
            throw new InputException($"{name} has no NUL within {LongestText} bytes; end it with one");
        }

        try
        {
            return s_strict.GetString(text, length);
        }
        catch (System.Text.DecoderFallbackException error)
        {
            throw new InputException($"{name} isn't UTF-8 at byte {error.Index}; pass UTF-8", error);
        }
    }

    private static readonly System.Text.UTF8Encoding s_strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
}
