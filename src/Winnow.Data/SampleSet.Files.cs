using Winnow.Data.Files;

namespace Winnow.Data;

/// <content>Samples that are read when they are wanted.</content>
public sealed partial class SampleSet
{
    /// <summary>Whether all samples are in memory. Where they aren't, <see cref="Read"/> and <see cref="ReadAhead"/> take some from their files, and <see cref="Bytes"/> refuses.</summary>
    public bool IsInMemory => _content.Files is null;

    /// <summary>Bytes of one sample.</summary>
    public int SampleBytes => SampleLength * (ElementType == ElementType.UInt8 ? 1 : sizeof(float));

    /// <summary>Copies some samples, from memory or from their files.</summary>
    /// <param name="ids">Positions in this set, 0-based, in any order; repetitions are allowed.</param>
    /// <param name="destination">Takes them in that order; <see cref="SampleBytes"/> each.</param>
    /// <exception cref="ArgumentOutOfRangeException">An id outside the set.</exception>
    /// <exception cref="ArgumentException">The destination is of another length.</exception>
    /// <exception cref="DataAccessException">A file has become shorter, or can't be read.</exception>
    public void Read(ReadOnlySpan<int> ids, Span<byte> destination)
    {
        foreach (var id in ids)
        {
            CheckId(id);
        }

        if (destination.Length != (long)ids.Length * SampleBytes)
        {
            throw new ArgumentException($"{ids.Length} samples of {SampleBytes} bytes don't fill {destination.Length} bytes.", nameof(destination));
        }

        _content.Read(ids, destination, SampleBytes);
    }

    /// <summary>Reads many samples in an order that is known beforehand, ahead of their use.</summary>
    /// <param name="ids">Positions in this set, 0-based, in the order in which they will be taken; not copied: don't write to it until the reading is disposed of.</param>
    /// <exception cref="ArgumentOutOfRangeException">An id outside the set.</exception>
    public SampleReadAhead ReadAhead(ReadOnlyMemory<int> ids)
    {
        foreach (var id in ids.Span)
        {
            CheckId(id);
        }

        return new(this, ids);
    }

    /// <summary>Goes once through all samples in their order, whole ones at a time.</summary>
    /// <param name="take">Takes the bytes of some samples, one after another; valid during the call alone.</param>
    /// <exception cref="DataAccessException">A file was changed or taken away, or can't be read.</exception>
    public void ForAll(Action<ReadOnlySpan<byte>> take)
    {
        ArgumentNullException.ThrowIfNull(take);
        if (IsInMemory)
        {
            take(Bytes);
            return;
        }

        const int Piece = 1 << 20;
        var count = Math.Min(Count, Math.Max(1, Piece / SampleBytes));
        var room = GC.AllocateUninitializedArray<byte>(count * SampleBytes);
        using var ahead = ReadAhead(Enumerable.Range(0, Count).ToArray());
        for (var start = 0; start < Count; start += count)
        {
            var piece = room.AsSpan(0, Math.Min(count, Count - start) * SampleBytes);
            ahead.Read(start, piece);
            take(piece);
        }
    }

    /// <summary>Refuses files that were changed or taken away since the set was opened.</summary>
    internal void CheckUnchanged() => _content.Files?.CheckUnchanged();

    /// <summary>Samples in files. Values of floats are looked at when statistics or fingerprint are computed.</summary>
    internal static SampleSet OfFiles(string name, ElementType type, ReadOnlySpan<int> shape, SampleFiles files, ReadOnlyMemory<int> labels, int classes, IReadOnlyList<string>? classNames)
    {
        var largest = CheckLabels(name, labels.Span, classes == 0 ? MaxClasses : classes);
        return new(name, type, shape.ToArray(), new(files), labels, classes == 0 ? largest + 1 : classes, classNames);
    }
}
