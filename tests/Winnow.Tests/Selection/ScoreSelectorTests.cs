using Winnow.Selection;

namespace Winnow.Tests.Selection;

/// <summary>Selectors over scores, held against sorting.</summary>
public sealed class ScoreSelectorTests
{
    [Theory]
    [InlineData(100_000, 1)]
    [InlineData(100_000, 3)]
    [InlineData(65_536, 2)]
    [InlineData(70, 1)]
    public void Top_bottom_and_windows_are_what_sorting_gives(int count, int threads)
    {
        var scores = SelectionInputs.Scores(count, 11);
        var input = SelectionInputs.Of(count, 11, threads, scores);
        int[] hardest = [.. Enumerable.Range(0, count).OrderByDescending(id => scores[id]).ThenBy(static id => id)];
        int[] easiest = [.. Enumerable.Range(0, count).OrderBy(id => scores[id]).ThenBy(static id => id)];
        var (keep, skip) = (count * 3 / 10, KeepBudget.Share(0.1).Of(count));
        Assert.Equal(hardest[..keep], Order("top"));
        Assert.Equal(easiest[..keep], Order("bottom"));
        Assert.Equal(hardest[skip..(skip + keep)], Order("window"));
        Assert.Equal(easiest[skip..(skip + keep)], Order("window:from=easiest"));
        var middle = (int)Math.Round((count - keep) / 2.0, MidpointRounding.ToEven);
        Assert.Equal(easiest[middle..(middle + keep)].Order(), Order("middle"));

        int[] Order(string spec) => SelectorCatalog.Parse(spec).Choose(input, KeepBudget.Count(keep)).Order;
    }

    [Fact]
    public void Scores_of_either_sign_zero_and_infinity_are_in_order()
    {
        float[] scores = [0f, -0f, float.NegativeInfinity, float.PositiveInfinity, -1, 1, float.Epsilon, -float.Epsilon];
        var order = SelectorCatalog.Parse("top").Choose(new(8) { Scores = scores }, KeepBudget.Count(8)).Order;
        Assert.Equal([3, 5, 6, 0, 1, 7, 4, 2], order);
    }

    [Fact]
    public void Permuted_samples_give_the_permuted_selection()
    {
        const int Count = 500;
        // All different: of equal scores the place decides.
        float[] scores = [.. Enumerable.Range(0, Count).Select(static i => (float)(i * 7 % Count))];
        var to = Enumerable.Range(0, Count).Select(static i => (i * 131 + 5) % Count).ToArray();
        var moved = new float[Count];
        for (var i = 0; i < Count; i++)
        {
            moved[to[i]] = scores[i];
        }

        foreach (var spec in new[] { "top", "bottom", "window", "middle" })
        {
            var before = SelectorCatalog.Parse(spec).Choose(new(Count) { Scores = scores }, KeepBudget.Count(100)).Order;
            var after = SelectorCatalog.Parse(spec).Choose(new(Count) { Scores = moved }, KeepBudget.Count(100)).Order;
            Assert.Equal(before.Select(id => to[id]).Order(), after.Order());
        }
    }

    [Fact]
    public void Ccs_cuts_the_hardest_off_and_shares_out_to_strata()
    {
        const int Count = 10_000;
        var scores = SelectionInputs.Scores(Count, 2);
        int[] cut = [.. Enumerable.Range(0, Count).OrderByDescending(id => scores[id]).ThenBy(static id => id).Take(1000)];
        var left = Enumerable.Range(0, Count).Except(cut).ToArray();
        var chosen = SelectorCatalog.Parse("ccs:cutoff=0.1").Choose(new(Count) { Scores = scores, Seed = 4 }, KeepBudget.Count(3000));
        Assert.Empty(chosen.Order.Intersect(cut));
        double low = left.Min(id => scores[id]), high = left.Max(id => scores[id]);
        int Stratum(int id) => Math.Min(49, (int)((scores[id] - low) * (50 / (high - low))));
        var sizes = new int[50];
        Array.ForEach(left, id => sizes[Stratum(id)]++);
        var kept = new int[50];
        Array.ForEach(chosen.Order, id => kept[Stratum(id)]++);
        Assert.Equal(Winnow.Selection.Allocation.WaterFilling.Share(sizes, 3000), kept);
        Assert.Equal(chosen.Order.Select(id => scores[id]), chosen.Scores);
        Assert.NotEqual(chosen.Order, SelectorCatalog.Parse("ccs:cutoff=0.1").Choose(new(Count) { Scores = scores, Seed = 5 }, KeepBudget.Count(3000)).Order);
    }

    [Fact]
    public void Ccs_keeps_the_highest_score_where_all_are_negative()
    {
        // The reference's edge of 1.0001 times the highest score loses it there.
        float[] scores = [.. Enumerable.Range(1, 200).Select(static i => -(float)i)];
        Assert.Equal(200, SelectorCatalog.Parse("stratified").Choose(new(200) { Scores = scores }, KeepBudget.Count(200)).Order.Length);
        Assert.Contains(0, SelectorCatalog.Parse("stratified:strata=200").Choose(new(200) { Scores = scores }, KeepBudget.Count(200)).Order);
    }

    [Fact]
    public void Ccs_draws_every_sample_of_a_stratum_equally_often()
    {
        const int Count = 40, Draws = 3000;
        var often = new int[Count];
        for (ulong seed = 0; seed < Draws; seed++)
        {
            foreach (var id in SelectorCatalog.Parse("stratified:strata=1").Choose(new(Count) { Scores = new float[Count], Seed = seed }, KeepBudget.Count(10)).Order)
            {
                often[id]++;
            }
        }

        // 750 expected, a standard deviation of 24.
        Assert.All(often, static n => Assert.InRange(n, 630, 870));
    }

    [Fact]
    public void A_second_score_decides_who_is_cut_off()
    {
        float[] scores = [.. Enumerable.Range(0, 100).Select(static i => (float)i)], suspicion = [.. Enumerable.Range(0, 100).Select(static i => (float)-i)];
        var chosen = SelectorCatalog.Parse("ccs:cutoff=0.2").Choose(new(100) { Scores = scores, Suspicion = suspicion }, KeepBudget.Count(80)).Order;
        Assert.Equal(Enumerable.Range(20, 80), chosen);
    }

    [Fact]
    public void What_can_not_be_met_says_what_can()
    {
        var input = new SelectionInput(10) { Scores = new float[10] };
        Assert.Contains("leaves 9 of 10", Assert.Throws<SelectionException>(() => SelectorCatalog.Parse("ccs").Choose(input, KeepBudget.Count(10))).Message, StringComparison.Ordinal);
        Assert.Contains("leaves 9 of 10", Assert.Throws<SelectionException>(() => SelectorCatalog.Parse("window").Choose(input, KeepBudget.Count(10))).Message, StringComparison.Ordinal);
        float[] endless = [1, 2, float.PositiveInfinity, 4, 5, 6, 7, 8, 9, 10];
        Assert.Contains("infinite", Assert.Throws<SelectionException>(() => SelectorCatalog.Parse("stratified").Choose(new(10) { Scores = endless }, KeepBudget.Count(5))).Message, StringComparison.Ordinal);
        Assert.Contains("2 labels for 3 samples", Assert.Throws<SelectionException>(static () => SelectorCatalog.Parse("random").Choose(new(3) { Labels = new int[2] }, KeepBudget.Count(1))).Message, StringComparison.Ordinal);
        Assert.Contains("label of sample 1 is -1", Assert.Throws<SelectionException>(static () => SelectorCatalog.Parse("random").Choose(new(2) { Labels = new[] { 0, -1 } }, KeepBudget.Count(1))).Message, StringComparison.Ordinal);
        Assert.Throws<SelectionException>(static () => SelectorCatalog.Parse("middle+class-minimum"));
        var labelled = new SelectionInput(10) { Scores = new float[10], Labels = new int[10] };
        Assert.Contains("an order of all samples", Assert.Throws<SelectionException>(() => SelectorCatalog.Parse("window+class-minimum").Choose(labelled, KeepBudget.Count(5))).Message, StringComparison.Ordinal);
        Assert.Throws<Winnow.Catalog.MethodSpecException>(static () => SelectorCatalog.Parse("top+classes+classes"));
    }

    [Fact]
    public void Classes_get_their_shares_exactly()
    {
        const int Count = 1000;
        var labels = SelectionInputs.Labels(Count, 3);
        var input = SelectionInputs.Of(Count, 3);
        int[] sizes = [.. Enumerable.Range(0, 4).Select(c => labels.Count(label => label == c))];
        Assert.Equal(Winnow.Selection.Allocation.Proportional.Share(sizes, 303), Kept("top+classes", 303));
        Assert.Equal(Winnow.Selection.Allocation.WaterFilling.Share(sizes, 300), Kept("random+classes:shares=uniform", 300));
        var kept = Kept("random+classes:shares=inverse-accuracy", 100);
        Assert.True(kept[1] > kept[3] && kept[3] > kept[2] && kept[2] > kept[0], string.Join(' ', kept));

        // Within a class it is the inner method on the class alone.
        var top = SelectorCatalog.Parse("top+classes").Choose(input, KeepBudget.Count(303)).Order;
        var scores = SelectionInputs.Scores(Count, 3);
        Assert.All(Enumerable.Range(0, 4), c =>
        {
            var mine = top.Where(id => labels[id] == c).ToArray();
            Assert.Equal(Enumerable.Range(0, Count).Where(id => labels[id] == c).OrderByDescending(id => scores[id]).ThenBy(static id => id).Take(mine.Length).Order(), mine);
        });

        int[] Kept(string spec, int keep)
        {
            var order = SelectorCatalog.Parse(spec).Choose(input, KeepBudget.Count(keep)).Order;
            return [.. Enumerable.Range(0, 4).Select(c => order.Count(id => labels[id] == c))];
        }
    }

    [Fact]
    public void A_minimum_for_each_class_changes_no_more_than_it_must()
    {
        // The last class has the lowest scores: alone, top would leave it out.
        int[] labels = [.. Enumerable.Range(0, 100).Select(static i => i < 90 ? i % 2 : 2)];
        float[] scores = [.. Enumerable.Range(0, 100).Select(static i => 100f - i)];
        var input = new SelectionInput(100) { Scores = scores, Labels = labels };
        Assert.DoesNotContain(2, SelectorCatalog.Parse("top").Choose(input, KeepBudget.Count(30)).Order.Select(id => labels[id]));
        var order = SelectorCatalog.Parse("top+class-minimum").Choose(input, KeepBudget.Count(30)).Order;
        Assert.Equal(5, order.Count(id => labels[id] == 2));
        Assert.Equal([.. Enumerable.Range(0, 25), .. Enumerable.Range(90, 5)], order.Order());
    }
}
