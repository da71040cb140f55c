using System.Globalization;
using System.Numerics;

namespace Winnow.Catalog;

/// <summary>Where a number may lie: between two bounds, each of which belongs to the range or doesn't.</summary>
/// <typeparam name="T">The number's type.</typeparam>
/// <param name="Min">The lower bound.</param>
/// <param name="Max">The upper bound.</param>
public readonly record struct NumberRange<T>(T Min, T Max)
    where T : struct, INumber<T>
{
    /// <summary>Whether <see cref="Min"/> itself is outside the range. Default false.</summary>
    public bool MinOpen { get; init; }

    /// <summary>Whether <see cref="Max"/> itself is outside the range. Default false.</summary>
    public bool MaxOpen { get; init; }

    /// <summary>Whether only whole numbers are possible. Default false.</summary>
    public bool Whole { get; init; }

    /// <summary>What the number is counted in, such as <c>seconds</c>; shown behind the range. Default: nothing.</summary>
    public string Unit { get; init; } = "";

    /// <summary>Whether a number is in the range; NaN never is.</summary>
    /// <param name="value">Any number.</param>
    public bool Contains(T value) => (MinOpen ? value > Min : value >= Min) && (MaxOpen ? value < Max : value <= Max) && (!Whole || T.IsInteger(value));

    /// <summary>The range as text, such as <c>(0, 1]</c>, <c>[1, 100], whole</c> or <c>[1, 86400] seconds</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"{(MinOpen ? '(' : '[')}{Min}, {Max}{(MaxOpen ? ')' : ']')}{(Whole ? ", whole" : "")}{(string.IsNullOrEmpty(Unit) ? "" : " ")}{Unit}");
}
