using Winnow.Networks.Masks;

namespace Winnow.Networks.Budgets;

/// <summary>A layer that a budget is shared out to: a parameter's name and shape, and what else budgets go by.</summary>
public sealed class BudgetLayer
{
    private readonly long[] _shape;

    /// <summary>A layer.</summary>
    /// <param name="name">The parameter's name.</param>
    /// <param name="shape">Its extents, none negative; the outputs' first, the inputs' second, as linear layers and convolutions have them.</param>
    /// <param name="scores">One an element in row-major order, larger = rather kept; infinities are possible. None where only counts are asked for and no budget needs them.</param>
    /// <param name="alive">What may be kept, of the same shape; null: everything. Under it a budget only drops, so that what was pruned stays pruned.</param>
    /// <exception cref="NetworkPruningException">Scores are NaN (the message says which) or don't fill the shape, or the mask is of another one.</exception>
    public BudgetLayer(string name, ReadOnlySpan<long> shape, ReadOnlyMemory<float> scores = default, Mask? alive = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        (Name, _shape, Count) = (name, shape.ToArray(), Mask.Elements(shape));
        if (!scores.IsEmpty && scores.Length != Count)
        {
            throw new NetworkPruningException($"{name} has {Count} elements of shape {Mask.Describe(shape)} and {scores.Length} scores; give one an element.");
        }

        if (alive is not null && !shape.SequenceEqual([.. alive.Shape]))
        {
            throw new NetworkPruningException($"the mask of what may be kept of {name} is of shape {alive.ShapeText}, and the layer of {Mask.Describe(shape)}; give a mask of this layer.");
        }

        var values = scores.Span;
        for (var i = 0; i < values.Length; i++)
        {
            if (float.IsNaN(values[i]))
            {
                throw new NetworkPruningException($"the score of {name} at {i} is NaN, which can't be ordered; look for what the network computes there (weights, a loss, a gradient that is no number).");
            }
        }

        (Scores, Alive) = (scores, alive);
    }

    /// <summary>The parameter's name.</summary>
    public string Name { get; }

    /// <summary>Its extents.</summary>
    public IReadOnlyList<long> Shape => _shape;

    /// <summary>How many elements it has.</summary>
    public long Count { get; }

    /// <summary>One an element in row-major order; empty where there are none.</summary>
    public ReadOnlyMemory<float> Scores { get; }

    /// <summary>What may be kept; null: everything.</summary>
    public Mask? Alive { get; }

    /// <summary>How many elements may be kept.</summary>
    public long Available => Alive?.Kept ?? Count;

    /// <summary>The scores of some of the elements that may be kept, for budgets that go by magnitudes.</summary>
    /// <param name="rule">The budget, for the message.</param>
    /// <param name="start">The first element.</param>
    /// <param name="length">How many, also dead ones.</param>
    /// <exception cref="NetworkPruningException">One is negative or infinite.</exception>
    internal float[] Magnitudes(string rule, int start, int length)
    {
        var magnitudes = new List<float>(length);
        var scores = Scores.Span;
        for (var i = start; i < start + length; i++)
        {
            if (Alive?[i] is not false)
            {
                magnitudes.Add(scores[i] >= 0 && float.IsFinite(scores[i]) ? scores[i] : throw new NetworkPruningException(
                    FormattableString.Invariant($"the score of {Name} at {i} is {scores[i]}; {rule} goes by magnitudes, which are finite and at least 0.")));
            }
        }

        return [.. magnitudes];
    }

    /// <summary>What the layer belongs to where budgets are for groups, such as <c>encoder</c>. Default: nothing.</summary>
    public string Group { get; init; } = "";
}
