using System.Globalization;
using System.Numerics;

namespace Winnow.Catalog;

/// <summary>
/// Reads the numbers that people write, in options, specs, schedules and files, all by one rule: digits with a point for the decimals and
/// nothing else around or between them. A comma is never taken for anything, whatever the machine's language.
/// </summary>
public static class NumberText
{
    /// <summary>Reads a number of a type, in a range.</summary>
    /// <typeparam name="T">The number's type. Of an integer type whole numbers in digits are read; of others an exponent may follow, as in <c>5e-4</c>.</typeparam>
    /// <param name="text">What was written.</param>
    /// <param name="range">Where it has to lie.</param>
    /// <param name="value">The number; 0 where the text is refused.</param>
    /// <returns>Null, or the rule that the text breaks, to stand behind it in a message: <c>is not in [1, 4096]</c>.</returns>
    public static string? Read<T>(ReadOnlySpan<char> text, in NumberRange<T> range, out T value)
        where T : struct, INumber<T>
    {
        var whole = range.Whole || IsInteger<T>();
        var style = NumberStyles.AllowLeadingSign | (IsInteger<T>() ? NumberStyles.None : NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent);
        value = T.Zero;
        if (!(IsInteger<T>() ? IsDigits(text) : IsNumber(text)))
        {
            return NotANumber(text, whole);
        }

        // What is written as a number and can't be parsed has too many digits for its type.
        if (!T.TryParse(text, style, CultureInfo.InvariantCulture, out var number))
        {
            return $"is not in {range}";
        }

        if (whole && T.IsFinite(number) && !T.IsInteger(number))
        {
            return NotANumber(text, whole);
        }

        if (!range.Contains(number))
        {
            return $"is not in {range}";
        }

        value = number;
        return null;
    }

    /// <summary>Reads any number of a type.</summary>
    /// <inheritdoc cref="Read{T}(ReadOnlySpan{char}, in NumberRange{T}, out T)"/>
    public static string? Read<T>(ReadOnlySpan<char> text, out T value)
        where T : struct, INumber<T>, IMinMaxValue<T> => Read(text, new NumberRange<T>(T.MinValue, T.MaxValue), out value);

    private static string NotANumber(ReadOnlySpan<char> text, bool whole) => (whole ? "is not a whole number" : "is not a number")
        + (text.Contains(',') ? ": no comma belongs in one, decimals stand behind a point" : "");

    // Halves get lost in integers alone.
    private static bool IsInteger<T>()
        where T : struct, INumber<T> => T.IsZero(T.One / (T.One + T.One));

    /// <summary>Whether it is written as a number: a sign, digits, a point and digits, an exponent. The runtime's parsers take words (NaN) and trailing zeros (U+0000) as well.</summary>
    private static bool IsNumber(ReadOnlySpan<char> text)
    {
        var rest = WithoutSign(text);
        var before = Digits(ref rest);
        var after = 0;
        if (rest is ['.', ..])
        {
            rest = rest[1..];
            after = Digits(ref rest);
        }

        if (rest is ['e' or 'E', ..])
        {
            rest = WithoutSign(rest[1..]);
            return before + after > 0 && Digits(ref rest) > 0 && rest.IsEmpty;
        }

        return before + after > 0 && rest.IsEmpty;
    }

    private static bool IsDigits(ReadOnlySpan<char> text)
    {
        var rest = WithoutSign(text);
        return Digits(ref rest) > 0 && rest.IsEmpty;
    }

    private static ReadOnlySpan<char> WithoutSign(ReadOnlySpan<char> text) => text is ['+' or '-', ..] ? text[1..] : text;

    private static int Digits(ref ReadOnlySpan<char> text)
    {
        var end = text.IndexOfAnyExceptInRange('0', '9');
        var count = end < 0 ? text.Length : end;
        text = text[count..];
        return count;
    }
}
