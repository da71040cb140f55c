using System.Globalization;
using Winnow.Cli.Tests.Support;

namespace Winnow.Cli.Tests;

[Collection(TrainingCollection.Name)]
public sealed class ScalingTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    // 12·n^-0.7 and 2·n^-0.4 cross at 6^(1/0.3), which is 392.5.
    [Fact]
    public void A_table_of_pilots_tells_what_to_keep_and_from_where_on()
    {
        Table("samples,keep,keeps,error", 12, 0.7, 2, 0.4);
        var result = Invocation.Run("scaling", _folder.At("p.csv"), "--samples", "60000");
        Assert.Equal(0, result.Code);
        Assert.Contains("keep=0.3: keep the hard ones; hard ones are better from about 390 samples on.", result.Out, StringComparison.Ordinal);
        Assert.Contains("60,000 samples are 15 times the largest pilot", result.Error, StringComparison.Ordinal);
        var plan = Invocation.Run("scaling", _folder.At("p.csv"), "--samples", "200", "--json").Json.GetProperty("plans")[0];
        Assert.Equal(("easy", true), (plan.GetProperty("keep").GetString(), plan.GetProperty("settled").GetBoolean()));
        Assert.Equal(392.5, plan.GetProperty("hard_from").GetDouble(), 0.1);
        Assert.Equal(0.7, plan.GetProperty("hard_law").GetProperty("exponent").GetDouble(), 1e-4);
        Assert.Equal(12 * Math.Pow(200, -0.7), plan.GetProperty("hard_error").GetDouble(), 1e-4);
    }

    [Fact]
    public void Of_several_pairs_the_one_of_the_lowest_error_is_named_among_those_that_are_decided()
    {
        Table("samples,keep,keeps,error", 12, 0.7, 2, 0.4);
        string[] more = [.. new[] { (500, 0.2, 0.1), (1000, 0.1, 0.09), (2000, 0.05, 0.08) }.SelectMany(static row => new[] { Row(row.Item1, 0.5, "hard", row.Item2), Row(row.Item1, 0.5, "easy", row.Item3) })];
        string[] open = [.. new[] { (500, 0.16, 0.17), (1000, 0.15, 0.12), (2000, 0.0002, 0.07) }.SelectMany(static row => new[] { Row(row.Item1, 0.7, "hard", row.Item2), Row(row.Item1, 0.7, "easy", row.Item3) })];
        File.AppendAllLines(_folder.At("p.csv"), [.. more, .. open]);
        var result = Invocation.Run("scaling", _folder.At("p.csv"), "--samples", "3000");
        Assert.Contains("keep=0.7: undecided", result.Out, StringComparison.Ordinal);
        Assert.Contains("Lowest error: keep=0.5, the hard ones, 0.0333.", result.Out, StringComparison.Ordinal);

        static string Row(int samples, double keep, string keeps, double error) => string.Create(CultureInfo.InvariantCulture, $"{samples},{keep},{keeps},{error}");
    }

    [TorchFact]
    public void Comparisons_of_three_sizes_are_pilots()
    {
        foreach (var size in new[] { 120, 240, 480 })
        {
            Assert.Equal(0, Invocation.Run("compare", _folder.Table(), "--limit", $"{size}", "--epochs", "2", "--seeds", "2", "--methods", "top:keep=0.4@el2n:epochs=1", "bottom:keep=0.4@el2n:epochs=1", "--controls", "none", "--quiet", "--run", _folder.At($"p{size}")).Code);
        }

        var result = Invocation.Run("scaling", _folder.At("p120"), _folder.At("p240"), _folder.At("p480"), "--samples", "2000", "--json");
        Assert.Equal("", result.Error);
        var plan = Assert.Single(result.Json.GetProperty("plans").EnumerateArray());
        Assert.Equal("top/bottom:keep=0.4@el2n:epochs=1", plan.GetProperty("pilots").GetString());
        Assert.InRange(plan.GetProperty("hard_error").GetDouble(), 0, 1);
        var error = Invocation.Fail(2, "scaling", _folder.At("p120"), _folder.At("p240"), "--samples", "2000");
        Assert.Contains("at least 3 different numbers of samples, and there are 2", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{p}", "--samples is needed")]
    [InlineData("{p} --samples 0", "--samples 0 is not in")]
    [InlineData("{none} --samples 10", "there is no such folder or file")]
    [InlineData("{folder} --samples 10", "holds no result.json")]
    [InlineData("{nohead} --samples 10", "line 1 names no column error")]
    [InlineData("{share} --samples 10", "line 2 says keep=30%, which")]
    [InlineData("{word} --samples 10", "line 3 says keeps=both; it is hard or easy")]
    [InlineData("{error} --samples 10", "line 2 says error=0, which is not in (0,")]
    [InlineData("{cells} --samples 10", "line 2 has 3 values and line 1 names 4 columns")]
    [InlineData("{one} --samples 10", "the pilots keep the hard samples alone (keep=0.3)")]
    [InlineData("{sizes} --samples 10", "there are 2 (100, 200)")]
    public void Bad_pilots_end_with_one_sentence(string options, string problem)
    {
        const string Head = "samples,keep,keeps,error";
        Table(Head, 12, 0.7, 2, 0.4);
        Directory.CreateDirectory(_folder.At("folder"));
        Write("nohead", "samples,keep,keeps", "100,0.3,hard");
        Write("share", Head, "100,30%,hard,0.2");
        Write("word", Head, "100,0.3,hard,0.2", "100,0.3,both,0.2");
        Write("error", Head, "100,0.3,hard,0");
        Write("cells", Head, "100,0.3,hard");
        Write("one", Head, "100,0.3,hard,0.2", "200,0.3,hard,0.1");
        Write("sizes", Head, "100,0.3,hard,0.2", "200,0.3,far,0.1", "100,0.3,easy,0.2", "200,0.3,near,0.1");
        string[] words = [.. options.Split(' ').Select(word => word.StartsWith('{') ? _folder.At(word == "{folder}" ? "folder" : $"{word[1..^1]}.csv") : word)];
        Assert.Contains(problem, Invocation.Fail(2, ["scaling", .. words]), StringComparison.Ordinal);
    }

    private void Table(string head, double hardScale, double hardExponent, double easyScale, double easyExponent) => Write("p",
    [
        head,
        .. new[] { 500, 1000, 2000, 4000 }.SelectMany(n => new[]
        {
            string.Create(CultureInfo.InvariantCulture, $"{n},0.3,hard,{hardScale * Math.Pow(n, -hardExponent)}"),
            string.Create(CultureInfo.InvariantCulture, $"{n},0.3,easy,{easyScale * Math.Pow(n, -easyExponent)}"),
        }),
    ]);

    private void Write(string name, params string[] lines) => File.WriteAllLines(_folder.At($"{name}.csv"), lines);
}
