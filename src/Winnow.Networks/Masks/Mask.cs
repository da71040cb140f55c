using System.Numerics;
using System.Runtime.InteropServices;

namespace Winnow.Networks.Masks;

/// <summary>
/// Which elements of one parameter are kept: a bit each, 1 = keep, packed 64 to a word in row-major order. A value: it never changes, and two are equal when name, shape and
/// bits are. An element takes an eighth of a byte, a 32nd of a float32 weight.
/// </summary>
public sealed class Mask : IEquatable<Mask>
{
    private readonly long[] _shape;
    private readonly ulong[] _words;

    // Bits beyond the last element are 0 in every mask, so that words can be compared and counted whole.
    private Mask(string name, long[] shape, ulong[] words)
    {
        (Name, _shape, _words) = (name, shape, words);
        Count = Elements(shape);
        foreach (var word in words)
        {
            Kept += BitOperations.PopCount(word);
        }
    }

    /// <summary>The parameter's name, as <c>named_parameters</c> says it.</summary>
    public string Name { get; }

    /// <summary>The parameter's extents; empty for a single number.</summary>
    public IReadOnlyList<long> Shape => _shape;

    /// <summary>How many elements there are: the product of the extents.</summary>
    public long Count { get; }

    /// <summary>How many elements are kept, in [0, <see cref="Count"/>].</summary>
    public long Kept { get; }

    /// <summary>The kept share, in [0, 1]; 1 where there are no elements.</summary>
    public double Density => Count == 0 ? 1 : (double)Kept / Count;

    /// <summary>The dropped share: 1 - <see cref="Density"/>.</summary>
    public double Sparsity => 1 - Density;

    /// <summary>The shape as numpy prints it.</summary>
    internal string ShapeText => Describe(_shape);

    /// <summary>Whether an element is kept, of one that is there.</summary>
    internal bool Keeps(long index) => (_words[index >> 6] >> (int)(index & 63) & 1) != 0;

    /// <summary>Whether an element is kept.</summary>
    /// <param name="index">Its place in row-major order, in [0, <see cref="Count"/>).</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such element.</exception>
    public bool this[long index]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfNegative(index);
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count);
            return Keeps(index);
        }
    }

    /// <summary>A mask that keeps everything.</summary>
    /// <param name="name">The parameter's name, not empty.</param>
    /// <param name="shape">The extents, none negative; none for a single number.</param>
    public static Mask Full(string name, params ReadOnlySpan<long> shape)
    {
        var words = NewWords(name, shape);
        Array.Fill(words, ulong.MaxValue);
        return OfWords(name, shape, words);
    }

    /// <summary>A mask that keeps nothing.</summary>
    /// <inheritdoc cref="Full"/>
    public static Mask Empty(string name, params ReadOnlySpan<long> shape) => new(name, shape.ToArray(), NewWords(name, shape));

    /// <summary>A mask of a truth value an element.</summary>
    /// <param name="name">The parameter's name, not empty.</param>
    /// <param name="keep">One an element in row-major order, true = keep.</param>
    /// <param name="shape">The extents; none means one extent, the number of values.</param>
    /// <exception cref="NetworkPruningException">There are more or fewer values than the shape has elements.</exception>
    public static Mask Of(string name, ReadOnlySpan<bool> keep, params ReadOnlySpan<long> shape) => OfShape(name, keep, shape.IsEmpty ? [keep.Length] : shape);

    /// <summary>A mask from its bytes as <see cref="ToPackedBits"/> gives them.</summary>
    /// <param name="name">The parameter's name, not empty.</param>
    /// <param name="bits">⌈elements / 8⌉ bytes; bits beyond the last element are 0.</param>
    /// <param name="shape">The extents; none for a single number.</param>
    /// <exception cref="NetworkPruningException">There are more or fewer bytes, or a bit beyond the last element is set.</exception>
    public static Mask FromPackedBits(string name, ReadOnlySpan<byte> bits, params ReadOnlySpan<long> shape)
    {
        var words = NewWords(name, shape);
        var count = Elements(shape);
        if (bits.Length != (count + 7) / 8)
        {
            throw new NetworkPruningException($"{name}: {bits.Length} bytes of bits don't fit the shape {Describe(shape)}, which takes {(count + 7) / 8}; the file was changed, or is of another parameter.");
        }

        bits.CopyTo(MemoryMarshal.AsBytes(words.AsSpan()));
        return (count & 63) != 0 && words[^1] >> (int)(count & 63) != 0
            ? throw new NetworkPruningException($"{name}: bits are set beyond the {count} elements of the shape {Describe(shape)}; bits are packed from the lowest, and the rest of the last byte is 0.")
            : new(name, shape.ToArray(), words);
    }

    /// <summary>The bits, eight to a byte from the lowest: what numpy's <c>unpackbits(…, bitorder="little")</c> reads. ⌈elements / 8⌉ bytes.</summary>
    public byte[] ToPackedBits() => MemoryMarshal.AsBytes(_words.AsSpan())[..(int)((Count + 7) / 8)].ToArray();

    /// <summary>A truth value an element, in row-major order, true = keep.</summary>
    /// <exception cref="NetworkPruningException">There are more elements than an array holds.</exception>
    public bool[] ToArray()
    {
        if (Count > Array.MaxLength)
        {
            throw new NetworkPruningException($"{Name} has {Count} elements, and an array holds {Array.MaxLength}; read single elements, or the packed bits.");
        }

        var keep = new bool[Count];
        for (var i = 0; i < keep.Length; i++)
        {
            keep[i] = Keeps(i);
        }

        return keep;
    }

    /// <summary>Kept in both.</summary>
    /// <param name="other">Of the same name and shape.</param>
    /// <exception cref="NetworkPruningException">Name or shape is another.</exception>
    public Mask And(Mask other) => Combine(other, static (a, b) => a & b);

    /// <summary>Kept in one or both.</summary>
    /// <inheritdoc cref="And"/>
    public Mask Or(Mask other) => Combine(other, static (a, b) => a | b);

    /// <summary>Kept in exactly one: what differs.</summary>
    /// <inheritdoc cref="And"/>
    public Mask Xor(Mask other) => Combine(other, static (a, b) => a ^ b);

    /// <summary>Kept here and not there: of the mask before an update without the one after it, what was dropped; the other way round, what was regrown.</summary>
    /// <inheritdoc cref="And"/>
    public Mask Except(Mask other) => Combine(other, static (a, b) => a & ~b);

    /// <summary>Whether all that is kept here is kept there, too: so it is after each update that only drops.</summary>
    /// <param name="other">Of the same name and shape.</param>
    /// <exception cref="NetworkPruningException">Name or shape is another.</exception>
    public bool IsWithin(Mask other) => Except(other).Kept == 0;

    /// <summary>The same bits for a parameter of another name.</summary>
    /// <param name="name">Not empty.</param>
    public Mask Named(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        return new(name, _shape, _words);
    }

    /// <inheritdoc/>
    public bool Equals(Mask? other) => other is not null && Name == other.Name && _shape.AsSpan().SequenceEqual(other._shape) && _words.AsSpan().SequenceEqual(other._words);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Mask);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Name, Count, Kept);

    /// <summary>Such as <c>fc.weight [10, 784]: 784 of 7840 kept</c>.</summary>
    public override string ToString() => $"{Name} {ShapeText}: {Kept} of {Count} kept";

    internal static string Describe(ReadOnlySpan<long> shape) => $"[{string.Join(", ", shape.ToArray())}]";

    /// <summary>A mask of a truth value an element; no extents mean a single number.</summary>
    internal static Mask OfShape(string name, ReadOnlySpan<bool> keep, ReadOnlySpan<long> shape)
    {
        var words = NewWords(name, shape);
        if (Elements(shape) != keep.Length)
        {
            throw new NetworkPruningException($"{name}: {keep.Length} values don't fill the shape {Describe(shape)}, which has {Elements(shape)} elements; give one an element.");
        }

        for (var i = 0; i < keep.Length; i++)
        {
            words[i >> 6] |= keep[i] ? 1UL << (i & 63) : 0;
        }

        return new(name, shape.ToArray(), words);
    }

    /// <summary>A mask of words that nobody else holds; bits beyond the last element are cleared.</summary>
    internal static Mask OfWords(string name, ReadOnlySpan<long> shape, ulong[] words)
    {
        var count = Elements(shape);
        if ((count & 63) != 0)
        {
            words[^1] &= (1UL << (int)(count & 63)) - 1;
        }

        return new(name, shape.ToArray(), words);
    }

    internal static long Elements(ReadOnlySpan<long> shape)
    {
        long count = 1;
        foreach (var extent in shape)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(extent, nameof(shape));
            count = checked(count * extent);
        }

        return count;
    }

    private static ulong[] NewWords(string name, ReadOnlySpan<long> shape)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        return new ulong[(Elements(shape) + 63) / 64];
    }

    private Mask Combine(Mask other, Func<ulong, ulong, ulong> bits)
    {
        ArgumentNullException.ThrowIfNull(other);
        if (other.Name != Name || !_shape.AsSpan().SequenceEqual(other._shape))
        {
            throw new NetworkPruningException($"masks of {Name} {ShapeText} and {other.Name} {other.ShapeText} can't be combined; name and shape have to be the same.");
        }

        var words = new ulong[_words.Length];
        for (var i = 0; i < words.Length; i++)
        {
            words[i] = bits(_words[i], other._words[i]);
        }

        return new(Name, _shape, words);
    }
}
