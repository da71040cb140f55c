using System.Runtime.InteropServices;
using Winnow.Data.Files;

namespace Winnow.Data;

/// <summary>
/// Samples with labels, as they were stored: images stay bytes. Whole in memory, or, where they are too many for that, read from their files when they are wanted
/// (<see cref="IsInMemory"/>); labels are in memory in any case. Immutable, and safe to read from several threads.
/// </summary>
public sealed class SampleSet
{
    /// <summary>The largest number of bytes a set's samples may take in memory: 2^31 - 1 less a few, what one .NET array holds.</summary>
    public static long MaxBytes => Array.MaxLength;

    /// <summary>Labels are in [0, 65536).</summary>
    public const int MaxClasses = 65536;

    private readonly int[] _shape;
    private readonly SampleContent _content;
    private readonly ReadOnlyMemory<int> _labels;
    private readonly RowNumbers _rows;
    private readonly SampleStatistics _statistics;

    private SampleSet(string name, ElementType type, int[] shape, SampleContent content, ReadOnlyMemory<int> labels, int classes,
        IReadOnlyList<string>? classNames, RowNumbers rows = default)
    {
        Name = name;
        ElementType = type;
        _shape = shape;
        _content = content;
        _labels = labels;
        _rows = rows;
        Classes = classes;
        ClassNames = classNames;
        SampleLength = 1;
        foreach (var extent in shape)
        {
            SampleLength *= extent;
        }

        _statistics = new(this, content);
    }

    /// <summary>Images of bytes, or any other byte samples.</summary>
    /// <param name="name">What the set is called in messages.</param>
    /// <param name="shape">Extents of one sample; for images channels, height, width.</param>
    /// <param name="pixels">All samples one after another. Not copied: don't write to it any more.</param>
    /// <param name="labels">One label a sample. Not copied.</param>
    /// <param name="classes">The number of classes; 0 (default) means the largest label plus one.</param>
    /// <param name="classNames">One name a class, or null.</param>
    /// <exception cref="DataException">Lengths that don't match, no samples, a label outside [0, classes).</exception>
    public static SampleSet FromBytes(string name, ReadOnlySpan<int> shape, ReadOnlyMemory<byte> pixels, ReadOnlyMemory<int> labels,
        int classes = 0, IReadOnlyList<string>? classNames = null)
        => Create(name, ElementType.UInt8, shape, pixels, labels, classes, classNames);

    /// <summary>Samples of floats: tables (<paramref name="shape"/> has one extent, the number of features) or images.</summary>
    /// <param name="name">What the set is called in messages.</param>
    /// <param name="shape">Extents of one sample.</param>
    /// <param name="values">All samples one after another, every value finite. Copied.</param>
    /// <param name="labels">One label a sample. Not copied.</param>
    /// <param name="classes">The number of classes; 0 (default) means the largest label plus one.</param>
    /// <param name="classNames">One name a class, or null.</param>
    /// <exception cref="DataException">Lengths that don't match, no samples, a label outside [0, classes), NaN or infinity.</exception>
    public static SampleSet FromFloats(string name, ReadOnlySpan<int> shape, ReadOnlySpan<float> values, ReadOnlyMemory<int> labels,
        int classes = 0, IReadOnlyList<string>? classNames = null)
        => Create(name, ElementType.Float32, shape, MemoryMarshal.AsBytes(values).ToArray(), labels, classes, classNames);

    internal static SampleSet Create(string name, ElementType type, ReadOnlySpan<int> shape, ReadOnlyMemory<byte> bytes,
        ReadOnlyMemory<int> labels, int classes, IReadOnlyList<string>? classNames)
    {
        var length = SampleChecks.Sizes(name, type, shape, bytes.Length, labels.Length);
        var largest = SampleChecks.Labels(name, labels.Span, classes == 0 ? MaxClasses : classes);
        if (classNames is not null && classNames.Count != (classes == 0 ? largest + 1 : classes))
        {
            throw new DataException($"{name}: {classNames.Count} class names for {(classes == 0 ? largest + 1 : classes)} classes.");
        }

        if (type == ElementType.Float32)
        {
            SampleChecks.Finite(name, MemoryMarshal.Cast<byte, float>(bytes.Span), length);
        }

        return new(name, type, shape.ToArray(), new(bytes), labels, classes == 0 ? largest + 1 : classes, classNames);
    }

    /// <summary>Samples in files. Values of floats are looked at when statistics or fingerprint are computed.</summary>
    internal static SampleSet OfFiles(string name, ElementType type, ReadOnlySpan<int> shape, SampleFiles files, ReadOnlyMemory<int> labels, int classes, IReadOnlyList<string>? classNames)
    {
        var largest = SampleChecks.Labels(name, labels.Span, classes == 0 ? MaxClasses : classes);
        return new(name, type, shape.ToArray(), new(files), labels, classes == 0 ? largest + 1 : classes, classNames);
    }

    /// <summary>What the set is called in messages.</summary>
    public string Name { get; }

    /// <summary>The number of samples, at least 1.</summary>
    public int Count => _labels.Length;

    /// <summary>Extents of one sample: channels, height, width for images; the number of features for a table.</summary>
    public ReadOnlySpan<int> Shape => _shape;

    /// <summary>How many numbers one sample has: the product of <see cref="Shape"/>.</summary>
    public int SampleLength { get; }

    /// <summary>How many channels (images) or features (tables): the first extent of <see cref="Shape"/>.</summary>
    public int Channels => _shape[0];

    /// <summary>Whether samples have height and width.</summary>
    public bool IsImage => _shape.Length == 3;

    /// <summary>What one number is stored as.</summary>
    public ElementType ElementType { get; }

    /// <summary>Whether all samples are in memory. Where they aren't, <see cref="Read"/> and <see cref="ReadAhead"/> take some from their files, and <see cref="Bytes"/> refuses.</summary>
    public bool IsInMemory => _content.Files is null;

    /// <summary>Bytes of one sample.</summary>
    public int SampleBytes => SampleLength * (ElementType == ElementType.UInt8 ? 1 : sizeof(float));

    /// <summary>All samples one after another in row-major order (images: sample, channel, row, column); floats are little-endian.</summary>
    /// <exception cref="InvalidOperationException">The set isn't in memory.</exception>
    public ReadOnlySpan<byte> Bytes => BytesMemory.Span;

    /// <summary><see cref="Bytes"/> as memory that can be pinned or kept.</summary>
    /// <exception cref="InvalidOperationException">The set isn't in memory.</exception>
    public ReadOnlyMemory<byte> BytesMemory => IsInMemory
        ? _content.Memory
        : throw new InvalidOperationException($"{Name} is read from its files and isn't in memory as a whole; take samples by {nameof(Read)} or {nameof(ReadAhead)}.");

    /// <summary>All samples as floats.</summary>
    /// <exception cref="InvalidOperationException">The set holds bytes, or isn't in memory.</exception>
    public ReadOnlySpan<float> Floats => ElementType == ElementType.Float32
        ? MemoryMarshal.Cast<byte, float>(Bytes)
        : throw new InvalidOperationException($"{Name} holds {ElementType}; read Bytes.");

    /// <summary>One label a sample, in [0, <see cref="Classes"/>).</summary>
    public ReadOnlySpan<int> Labels => _labels.Span;

    /// <summary><see cref="Labels"/> as memory that can be pinned or kept.</summary>
    public ReadOnlyMemory<int> LabelsMemory => _labels;

    /// <summary>
    /// The mean of every channel (images) or feature (tables), computed in float64 over this set on first use; bytes count as value/255,
    /// so it is in [0, 1] for them.
    /// </summary>
    public IReadOnlyList<double> Mean => _statistics.Mean;

    /// <summary>
    /// The population standard deviation of every channel or feature, in the same units as <see cref="Mean"/>. It is 0 for a channel that
    /// never changes: whoever divides by it has to look.
    /// </summary>
    public IReadOnlyList<double> Std => _statistics.Std;

    /// <summary>
    /// SHA-256 over element type, shape, count, content and labels, 64 hexadecimal digits in lower case; computed on first use. Two sets
    /// with the same fingerprint hold the same samples in the same order. Names don't count.
    /// </summary>
    public string Fingerprint => _statistics.Fingerprint;

    /// <summary>
    /// The row of the user's file that a sample is: what it is called wherever a person reads of it, however many rows before it were held out,
    /// cut off or left out. Of several files that make one part (CIFAR-10's five) rows are counted through. 0-based.
    /// </summary>
    /// <param name="id">The sample's position in this set, 0-based.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such sample.</exception>
    public int Row(int id)
    {
        CheckId(id);
        return _rows.At(id);
    }

    /// <summary>The number of classes. The same for the training and the test part, also where one of them lacks a class.</summary>
    public int Classes { get; }

    /// <summary>One name a class; null when the source names none.</summary>
    public IReadOnlyList<string>? ClassNames { get; }

    /// <summary>The numbers of a sample; bytes as they are, in [0, 255].</summary>
    /// <param name="id">The sample's position, 0-based.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such sample.</exception>
    public float[] Values(int id)
    {
        CheckId(id);
        var sample = new byte[SampleBytes];
        Read([id], sample);
        return ElementType == ElementType.Float32 ? MemoryMarshal.Cast<byte, float>(sample).ToArray() : Array.ConvertAll(sample, static value => (float)value);
    }

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

    /// <summary>The first samples in file order (not balanced over classes), sharing this set's memory.</summary>
    /// <param name="count">How many, in [1, <see cref="Count"/>].</param>
    public SampleSet Take(int count) => Slice(0, count);

    /// <summary>Consecutive samples, sharing this set's memory. Classes and class names stay those of the whole.</summary>
    /// <param name="start">The first one's position, 0-based.</param>
    /// <param name="count">How many, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">The range isn't inside the set, or is empty.</exception>
    public SampleSet Slice(int start, int count)
    {
        if (start < 0 || start >= Count)
        {
            throw new ArgumentOutOfRangeException(nameof(start), start, $"{Name} has {Count} samples; start is in [0, {Count}).");
        }

        if (count < 1 || count > Count - start)
        {
            throw new ArgumentOutOfRangeException(nameof(count), count, $"{Name} has {Count} samples, {Count - start} from {start} on.");
        }

        return new(Name, ElementType, _shape, _content.Slice(start, count, SampleBytes), _labels.Slice(start, count), Classes, ClassNames,
            _rows.Slice(start, count));
    }

    /// <summary>The samples with these ids, in this order; as a copy where they are in memory. Classes and class names stay those of the whole.</summary>
    /// <param name="ids">Positions in this set, 0-based, at least one; repetitions are allowed.</param>
    /// <exception cref="ArgumentOutOfRangeException">An id outside the set, or no id.</exception>
    public SampleSet Select(ReadOnlySpan<int> ids)
    {
        if (ids.IsEmpty)
        {
            throw new ArgumentOutOfRangeException(nameof(ids), "Select at least one sample.");
        }

        if (IsInMemory && (long)SampleBytes * ids.Length > MaxBytes)
        {
            throw new DataException($"{Name}: {ids.Length} samples of {SampleBytes} bytes are more than the {MaxBytes} bytes a set may have.");
        }

        var chosenLabels = new int[ids.Length];
        for (var i = 0; i < ids.Length; i++)
        {
            if ((uint)ids[i] >= (uint)Count)
            {
                throw new ArgumentOutOfRangeException(nameof(ids), ids[i], $"{Name} has {Count} samples; ids are in [0, {Count}).");
            }

            chosenLabels[i] = _labels.Span[ids[i]];
        }

        return new(Name, ElementType, _shape, _content.Select(ids, SampleBytes), chosenLabels, Classes, ClassNames, _rows.Select(ids));
    }

    internal SampleSet With(string name, int classes, IReadOnlyList<string>? classNames)
        => new(name, ElementType, _shape, _content, _labels, classes, classNames, _rows);

    // Of the user's rows, which these samples are.
    internal SampleSet WithRows(ReadOnlySpan<int> chosen)
        => new(Name, ElementType, _shape, _content, _labels, Classes, ClassNames, default(RowNumbers).Select(chosen));

    internal SampleSet WithLabels(ReadOnlyMemory<int> labels)
        => new(Name, ElementType, _shape, _content, labels, Classes, ClassNames, _rows);

    internal void CheckId(int id)
    {
        if ((uint)id >= (uint)Count)
        {
            throw new ArgumentOutOfRangeException(nameof(id), id, $"{Name} has {Count} samples; ids are in [0, {Count}).");
        }
    }

    internal static string Describe(ReadOnlySpan<int> shape) => "[" + string.Join(", ", shape.ToArray()) + "]";
}
