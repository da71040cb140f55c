using System.Globalization;
using Winnow.Catalog;

namespace Winnow.Tests.Catalog;

public sealed class NumberTextTests
{
    private static readonly NumberRange<double> s_share = new(0, 1) { MinOpen = true };
    private static readonly NumberRange<int> s_threads = new(1, 4096);

    [Theory]
    [InlineData("0.1", 0.1)]
    [InlineData("5e-4", 5e-4)]
    [InlineData("+1", 1)]
    [InlineData(".5", 0.5)]
    [InlineData("1.", 1)]
    [InlineData("1E-3", 1e-3)]
    [InlineData("1e-300", 1e-300)]
    public void A_number_is_read_to_the_last_bit(string text, double expected)
    {
        Assert.Null(NumberText.Read(text, s_share, out var value));
        Assert.Equal(expected, value);
    }

    // A decimal comma once trained with 1 instead of 0.1; blanks and units were dropped with other options.
    [Theory]
    [InlineData("0,1")]
    [InlineData("0,0005")]
    [InlineData("1,000")]
    [InlineData("1,000.5")]
    public void A_comma_is_no_part_of_a_number(string text)
    {
        Assert.Equal("is not a number: no comma belongs in one, decimals stand behind a point", NumberText.Read<double>(text, out _));
        Assert.Equal("is not a number: no comma belongs in one, decimals stand behind a point", NumberText.Read<decimal>(text, out _));
        Assert.Equal("is not a whole number: no comma belongs in one, decimals stand behind a point", NumberText.Read<long>(text, out _));
    }

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData(" 1")]
    [InlineData("1 ")]
    [InlineData("1 000")]
    [InlineData("1\u00A0000")]
    [InlineData("1_000")]
    [InlineData("1'000")]
    [InlineData("1\0")]
    [InlineData("1\n")]
    [InlineData("(1)")]
    [InlineData("$1")]
    [InlineData("1%")]
    [InlineData("1f")]
    [InlineData("1-")]
    [InlineData("0x10")]
    [InlineData("--1")]
    [InlineData("+-1")]
    [InlineData("\u22121")]
    [InlineData("\u0661")]
    [InlineData("NaN")]
    [InlineData("nan")]
    [InlineData("Infinity")]
    [InlineData("-Infinity")]
    [InlineData("\u221E")]
    [InlineData(".")]
    [InlineData("-")]
    [InlineData("e5")]
    [InlineData("1e")]
    [InlineData("1e+")]
    [InlineData("1e5.5")]
    [InlineData("1.2.3")]
    [InlineData("half")]
    public void Nothing_else_is_one(string text)
    {
        Assert.Equal("is not a number", NumberText.Read<double>(text, out _));
        Assert.Equal("is not a number", NumberText.Read<decimal>(text, out _));
        Assert.Equal("is not a whole number", NumberText.Read<int>(text, out _));
        Assert.Equal("is not a whole number", NumberText.Read<ulong>(text, out _));
    }

    [Theory]
    [InlineData("1.5")]
    [InlineData("1.0")]
    [InlineData("1e3")]
    public void A_whole_number_is_written_in_digits(string text) => Assert.Equal("is not a whole number", NumberText.Read<int>(text, out _));

    [Fact]
    public void Where_decimals_could_stand_a_whole_number_may_be_written_with_them()
    {
        var whole = new NumberRange<double>(1, 1000) { Whole = true };
        Assert.Null(NumberText.Read("1e2", whole, out var value));
        Assert.Equal(100, value);
        Assert.Equal("is not a whole number", NumberText.Read("2.5", whole, out _));
        Assert.Equal("is not in [1, 1000], whole", NumberText.Read("1e999", whole, out _));
    }

    [Fact]
    public void The_range_is_named_however_far_away_the_number_is()
    {
        foreach (var text in new[] { "0", "-1", "4097", "3000000000", "-3000000000", "99999999999999999999999999" })
        {
            Assert.Equal("is not in [1, 4096]", NumberText.Read(text, s_threads, out _));
        }

        foreach (var text in new[] { "0", "-0", "1.0000001", "1e308", "1e309", "-1e999", "1e-999" })
        {
            Assert.Equal("is not in (0, 1]", NumberText.Read(text, s_share, out _));
        }

        Assert.Equal("is not in [-2147483648, 2147483647]", NumberText.Read<int>("3000000000", out _));
        Assert.Equal("is not in [0, 18446744073709551615]", NumberText.Read<ulong>("-1", out _));
        Assert.Equal("is not in [0, 18446744073709551615]", NumberText.Read<ulong>("18446744073709551616", out _));
        Assert.Null(NumberText.Read<ulong>("18446744073709551615", out var largest));
        Assert.Equal(ulong.MaxValue, largest);
        Assert.Equal("is not in [1, 60] seconds", NumberText.Read("61", new NumberRange<double>(1, 60) { Unit = "seconds" }, out _));
    }

    [Fact]
    public void The_machines_language_changes_nothing()
    {
        var before = CultureInfo.CurrentCulture;
        try
        {
            var other = (CultureInfo)CultureInfo.InvariantCulture.Clone();
            (other.NumberFormat.NumberDecimalSeparator, other.NumberFormat.NumberGroupSeparator, other.NumberFormat.NegativeSign) = (",", ".", "~");
            CultureInfo.CurrentCulture = other;
            Assert.Null(NumberText.Read<double>("-0.5", out var value));
            Assert.Equal(-0.5, value);
            Assert.Equal("is not in [-0.5, 1.5]", NumberText.Read("7", new NumberRange<double>(-0.5, 1.5), out _));
            Assert.NotNull(NumberText.Read<double>("0,5", out _));
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    [Fact]
    public void A_number_that_isnt_there_is_in_no_range() => Assert.False(new NumberRange<double>(double.NegativeInfinity, double.PositiveInfinity).Contains(double.NaN));
}
