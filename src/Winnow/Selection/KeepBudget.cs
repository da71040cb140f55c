using System.Globalization;
using Winnow.Catalog;

namespace Winnow.Selection;

/// <summary>How many samples are kept: a share of them, or so many.</summary>
public readonly record struct KeepBudget
{
    private readonly double _share;
    private readonly int _count;

    private KeepBudget(double share, int count, bool isCount) => (_share, _count, IsCount) = (share, count, isCount);

    /// <summary>Whether it is a number of samples, the same of however many there are.</summary>
    public bool IsCount { get; }

    /// <summary>A share of the samples.</summary>
    /// <param name="share">In [0, 1].</param>
    /// <exception cref="ArgumentOutOfRangeException">Outside that range, or NaN.</exception>
    public static KeepBudget Share(double share) => share is >= 0 and <= 1
        ? new(share, 0, false)
        : throw new ArgumentOutOfRangeException(nameof(share), share, "the share that is kept is in [0, 1].");

    /// <summary>So many samples.</summary>
    /// <param name="count">At least 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">Below 0.</exception>
    public static KeepBudget Count(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        return new(0, count, true);
    }

    /// <summary>Reads a budget: <c>30%</c> and <c>0.3</c> are shares, <c>5000</c> is a number of samples.</summary>
    /// <param name="text">A percentage with its sign, a share with a decimal point, or a whole number.</param>
    /// <exception cref="SelectionException">It is none of these, or out of range.</exception>
    public static KeepBudget Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        string? problem;
        if (text.EndsWith('%'))
        {
            problem = NumberText.Read(text.AsSpan(0, text.Length - 1), new NumberRange<double>(0, 100), out var percent);
            if (problem is null)
            {
                return new(percent / 100, 0, false);
            }
        }
        else if (text.AsSpan().IndexOfAny('.', 'e', 'E') >= 0)
        {
            problem = NumberText.Read(text, new NumberRange<double>(0, 1), out var share);
            if (problem is null)
            {
                return new(share, 0, false);
            }
        }
        else
        {
            problem = NumberText.Read(text, new NumberRange<int>(0, int.MaxValue), out var count);
            if (problem is null)
            {
                return new(0, count, true);
            }
        }

        throw new SelectionException($"keep={text} {problem}; write a share such as 30% or 0.3, or a number of samples such as 5000.");
    }

    /// <summary>How many of so many samples that is: of a share the nearest whole number, halves to the even one.</summary>
    /// <param name="samples">How many there are.</param>
    /// <exception cref="SelectionException">More are asked for than there are.</exception>
    public int Of(int samples)
    {
        if (IsCount && _count > samples)
        {
            throw new SelectionException($"keep={_count} is more than the {samples} samples that there are; keep at most {samples}.");
        }

        return IsCount ? _count : (int)Math.Round(_share * samples, MidpointRounding.ToEven);
    }

    /// <summary>The text that <see cref="Parse"/> reads back to the same budget: a share with its decimal point, or a whole number.</summary>
    public override string ToString() => IsCount ? _count.ToString(CultureInfo.InvariantCulture)
        : _share is 0 or 1 ? _share.ToString("0.0", CultureInfo.InvariantCulture)
        : _share.ToString("R", CultureInfo.InvariantCulture);
}
