using FsCheck;
using FsCheck.Fluent;
using Winnow.Catalog;
using Winnow.Curation.Filters;
using Winnow.Curation.Signals;
using Winnow.Curation.Tests.Signals;

namespace Winnow.Curation.Tests.Filters;

public class DocumentFilterTests
{
    [Theory]
    [InlineData("word_count>=50", 50, 49.999)]
    [InlineData("word_count<=50", 50, 50.001)]
    [InlineData("word_count > 50", 50.1, 50)]
    [InlineData("a<0.5", 0.4, 0.5)]
    [InlineData("a=-1..2", 2, 2.1)]
    [InlineData("a=-1..2", -1, -1.1)]
    [InlineData("a=3", 3, 4)]
    [InlineData("a<=1e3", 1000, double.NaN)]
    public void A_rule_keeps_and_drops(string spec, double kept, double dropped)
    {
        var rule = FilterRule.Parse(spec);
        Assert.True(rule.Allows(kept));
        Assert.False(rule.Allows(dropped));
        Assert.Equal(rule, FilterRule.Parse(rule.ToString()));
    }

    [Theory]
    [InlineData(">=50")]
    [InlineData("word_count")]
    [InlineData("a>=x")]
    [InlineData("a=3..2")]
    [InlineData("a>=0,5")]
    [InlineData("gopher-qality")]
    [InlineData("gopher-quality:min-words=-1")]
    [InlineData("a:band=0.5")]
    [InlineData("a:band=0.5..0.5")]
    [InlineData("a:band=0..1.1")]
    public void Specs_without_meaning_are_refused(string spec) => Assert.Throws<MethodSpecException>(() => DocumentFilter.Parse(spec));

    [Fact]
    public void Every_preset_reads_signals_that_there_are_and_its_spec_comes_back()
    {
        Assert.Equal(["c4", "fineweb", "gopher-quality", "gopher-redpajama", "gopher-repetition", "mc4"], FilterCatalog.All.Select(static m => m.Name));
        foreach (var preset in FilterCatalog.All)
        {
            Assert.All(FilterCatalog.Parse(preset.Name), static r => Assert.NotNull(SignalCatalog.TryFind(r.Column)));
            Assert.Equal(preset.Name, FilterCatalog.Canonical(preset.Name));
            foreach (var parameter in preset.Parameters)
            {
                var spec = $"{preset.Name}:{parameter.Name}={parameter.Example}";
                Assert.Equal(spec, FilterCatalog.Canonical(spec));
                Assert.NotEqual(FilterCatalog.Parse(preset.Name), FilterCatalog.Parse(spec));
            }
        }
    }

    [Fact]
    public void The_published_thresholds_are_the_defaults()
    {
        Assert.Equal("word_count=50..100000 mean_word_length=3..10 hash_to_word_ratio<=0.1 ellipsis_to_word_ratio<=0.1 bullet_line_fraction<=0.9 ellipsis_line_fraction<=0.3 "
            + "alphabetic_word_fraction>=0.8 stop_word_kinds>=2", string.Join(' ', FilterCatalog.Parse("gopher-quality")));
        Assert.Equal([0.3, 0.2, 0.3, 0.2, 0.2, 0.18, 0.16, 0.15, 0.14, 0.13, 0.12, 0.11, 0.1], FilterCatalog.Parse("gopher-repetition").Select(static r => r.Range.Max));
        Assert.Equal("c4_lorem_ipsum<=0 c4_curly_bracket<=0 c4_sentence_count>=5", string.Join(' ', FilterCatalog.Parse("c4")));
        Assert.Equal(0.1, FilterCatalog.Parse("gopher-redpajama")[^1].Range.Max);
    }

    [Fact]
    public void The_first_rule_that_is_broken_is_the_reason()
    {
        var filter = DocumentFilter.Parse("gopher-quality:min-words=3", "similarity<0.5", "gopher-repetition");
        string[] columns = ["similarity", .. SignalCatalog.All.Select(static s => s.Name)];
        var rows = filter.Bind(columns);
        var evaluator = new SignalEvaluator(SignalCatalog.All, []);
        Assert.Equal(("word_count=3..100000", 1), Reason("Two !", 0.1));
        Assert.Equal(("stop_word_kinds>=2", 1), Reason("Some words that say something.", 0.1));
        Assert.Equal(("similarity<0.5", 0.5), Reason("Some words that say the thing.", 0.5));
        Assert.Equal(("top_2gram_char_fraction<=0.2", 10.0 / 30), Reason("Some words that say the thing.", 0.4));
        Assert.Equal((null, 0), Reason("This evening all those people who live near the river have gone home with their seven boats and three dogs, but nobody saw where the small boy went.", 0.4));

        (string? Reason, double Value) Reason(string text, double similarity)
        {
            var row = new double[columns.Length];
            row[0] = similarity;
            evaluator.Compute(Texts.Bytes(text), row.AsSpan(1));
            var verdict = rows.Judge(row);
            return (rows.Reason(verdict), verdict.Value);
        }
    }

    [Fact]
    public void A_column_that_is_missing_is_named_with_the_nearest()
    {
        var problem = Assert.Throws<CurationException>(static () => DocumentFilter.Parse("word_count>=5").Bind(["words_count", "x"]));
        Assert.Contains("did you mean words_count?", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_band_leaves_out_the_top()
    {
        double[] values = [1, 9, 8, double.NaN, 7, 6, 5, 4, 3, 2, 10];
        var filter = DocumentFilter.Parse("a:band=0.15..0.55", "a>=0");
        var cut = filter.Bands[0].Cut(values);
        var rows = filter.Bind(["a"]);
        // Ten values: round(1.5) = 2 rank above, round(5.5) = 6 ends it.
        Assert.Equal([8, 7, 6, 5], values.Where((v, i) => rows.Judge([v], i, [cut]).IsKept));
        Assert.Equal("a:band=0.15..0.55", rows.Reason(rows.Judge([10], 10, [cut])));
        Assert.Equal("a>=0", rows.Reason(rows.Judge([double.NaN], 3, [cut])));
    }

    [Fact]
    public void Bands_of_any_column_are_those_of_a_stable_sort() =>
        Prop.ForAll(Arb.From(Gen.Choose(0, 5).Select(static i => i == 5 ? double.NaN : i).ArrayOf()), Arb.From(Gen.Choose(0, 20).Two()), static (values, ends) =>
        {
            double from = Math.Min(ends.Item1, ends.Item2) / 21.0, to = (Math.Max(ends.Item1, ends.Item2) + 1) / 21.0;
            var cut = new RankBand("a", from, to).Cut(values);
            int[] order = [.. Enumerable.Range(0, values.Length).Where(i => !double.IsNaN(values[i])).OrderByDescending(i => values[i])];
            var expected = order.Where((_, rank) => rank >= Math.Round(from * order.Length) && rank < Math.Round(to * order.Length)).Order();
            Assert.Equal(expected, Enumerable.Range(0, values.Length).Where(i => cut.Keeps(values[i], i)));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(500));
}
