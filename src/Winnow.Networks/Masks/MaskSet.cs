using System.Collections;

namespace Winnow.Networks.Masks;

/// <summary>
/// A mask for each of some parameters, by name, in a fixed order. A value, as its masks are. It knows names and shapes and no network: <see cref="BoundMasks"/> puts it to a network,
/// <see cref="MaskFile"/> into a file.
/// </summary>
public sealed class MaskSet : IReadOnlyList<Mask>, IEquatable<MaskSet>
{
    private readonly Mask[] _masks;
    private readonly Dictionary<string, Mask> _byName = new(StringComparer.Ordinal);

    /// <summary>A set of masks.</summary>
    /// <param name="masks">Of different names, in the order they shall have.</param>
    /// <exception cref="NetworkPruningException">Two have the same name.</exception>
    public MaskSet(IEnumerable<Mask> masks)
    {
        ArgumentNullException.ThrowIfNull(masks);
        _masks = [.. masks];
        foreach (var mask in _masks)
        {
            if (!_byName.TryAdd(mask.Name, mask))
            {
                throw new NetworkPruningException($"there are two masks of {mask.Name}; a parameter has one.");
            }

            Elements += mask.Count;
            Kept += mask.Kept;
        }
    }

    /// <summary>How many masks there are.</summary>
    public int Count => _masks.Length;

    /// <summary>How many elements all parameters have.</summary>
    public long Elements { get; }

    /// <summary>How many elements are kept.</summary>
    public long Kept { get; }

    /// <summary>The kept share of all elements, in [0, 1]; 1 where there are none.</summary>
    public double Density => Elements == 0 ? 1 : (double)Kept / Elements;

    /// <summary>The dropped share: 1 - <see cref="Density"/>.</summary>
    public double Sparsity => 1 - Density;

    /// <inheritdoc/>
    public Mask this[int index] => _masks[index];

    /// <summary>The mask of a parameter.</summary>
    /// <param name="name">The parameter's name.</param>
    /// <exception cref="NetworkPruningException">It has none.</exception>
    public Mask this[string name] => Find(name)
        ?? throw new NetworkPruningException($"there is no mask of {name}; there are masks of {(_masks.Length == 0 ? "nothing" : string.Join(", ", _masks.Select(static mask => mask.Name)))}.");

    /// <summary>The mask of a parameter, or null.</summary>
    /// <param name="name">The parameter's name.</param>
    public Mask? Find(string name) => _byName.GetValueOrDefault(name);

    /// <summary>Masks that keep everything.</summary>
    /// <param name="weights">The parameters, such as <see cref="PrunableWeights.Of"/> lists.</param>
    public static MaskSet Full(IEnumerable<NamedWeight> weights) => new(weights.Select(static weight => Mask.Full(weight.Name, weight.Weight.shape)));

    /// <summary>Masks that keep what isn't 0 now: those of a network that is pruned already.</summary>
    /// <param name="weights">The parameters, such as <see cref="PrunableWeights.Of"/> lists.</param>
    public static MaskSet NonZero(IEnumerable<NamedWeight> weights) => new(weights.Select(static weight => weight.Weight.ToMask(weight.Name)));

    /// <summary>Kept in both.</summary>
    /// <param name="other">Masks of the same parameters, in any order.</param>
    /// <exception cref="NetworkPruningException">It has other parameters, or a shape is another: the message names the parameter.</exception>
    public MaskSet And(MaskSet other) => Combine(other, static (a, b) => a.And(b));

    /// <summary>Kept in one or both.</summary>
    /// <inheritdoc cref="And"/>
    public MaskSet Or(MaskSet other) => Combine(other, static (a, b) => a.Or(b));

    /// <summary>Kept in exactly one: what differs.</summary>
    /// <inheritdoc cref="And"/>
    public MaskSet Xor(MaskSet other) => Combine(other, static (a, b) => a.Xor(b));

    /// <summary>Kept here and not there.</summary>
    /// <inheritdoc cref="And"/>
    public MaskSet Except(MaskSet other) => Combine(other, static (a, b) => a.Except(b));

    /// <summary>Whether all that is kept here is kept there, too.</summary>
    /// <param name="other">Masks of the same parameters, in any order.</param>
    /// <exception cref="NetworkPruningException">It has other parameters, or a shape is another: the message names the parameter.</exception>
    public bool IsWithin(MaskSet other) => Except(other).Kept == 0;

    /// <inheritdoc/>
    public IEnumerator<Mask> GetEnumerator() => ((IEnumerable<Mask>)_masks).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>The same masks in the same order.</summary>
    public bool Equals(MaskSet? other) => other is not null && _masks.AsSpan().SequenceEqual(other._masks);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as MaskSet);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Count, Elements, Kept);

    /// <summary>Such as <c>3 masks: 1000 of 10000 kept</c>.</summary>
    public override string ToString() => $"{Count} masks: {Kept} of {Elements} kept";

    private MaskSet Combine(MaskSet other, Func<Mask, Mask, Mask> each)
    {
        ArgumentNullException.ThrowIfNull(other);
        if (other._masks.FirstOrDefault(mask => Find(mask.Name) is null) is { } more)
        {
            throw new NetworkPruningException($"only one of two sets has a mask of {more.Name}; sets that are combined have masks of the same parameters.");
        }

        return new(_masks.Select(mask => each(mask, other.Find(mask.Name)
            ?? throw new NetworkPruningException($"only one of two sets has a mask of {mask.Name}; sets that are combined have masks of the same parameters."))));
    }
}
