using Winnow.Catalog;
using Winnow.Selection;

namespace Winnow.Tests.Selection;

/// <summary>What holds of every selector of the catalogue.</summary>
public sealed class SelectorContractTests
{
    public static TheoryData<string> All => [.. SelectorCatalog.All.Select(static method => method.Name)];

    public static TheoryData<string> Balanced => [.. from method in SelectorCatalog.All from balance in SelectorCatalog.Balances
                                                     where balance.Name != "class-minimum" || (method.Create(MethodSpec.Parse(method.Name)).IsRanked && method.Name != "window")
                                                     select $"{method.Name}+{balance.Name}"];

    [Theory, MemberData(nameof(All)), MemberData(nameof(Balanced))]
    public void It_keeps_exactly_so_many_each_once(string spec)
    {
        var selector = SelectorCatalog.Parse(spec);
        foreach (var count in new[] { 0, 1, 2, 60, 257 })
        {
            var input = SelectionInputs.Of(count, seed: 3);
            foreach (var keep in new[] { 0, 1, count / 3, count / 2, count * 4 / 5 })
            {
                var chosen = selector.Choose(input, KeepBudget.Count(Math.Min(keep, count)));
                Assert.Equal(chosen.Order.Length, chosen.Order.Distinct().Count());
                Assert.All(chosen.Order, id => Assert.InRange(id, 0, count - 1));
                if (!selector.IsRanked)
                {
                    Assert.Equal(chosen.Order.Order(), chosen.Order);
                }

                if (chosen.Weights.Length > 0)
                {
                    Assert.Equal(keep, chosen.Weights.Length);
                    Assert.Equal(1, chosen.Weights.Average(), 4);
                    Assert.All(chosen.Weights, static weight => Assert.True(weight >= 0));
                }
            }
        }
    }

    [Theory, MemberData(nameof(All)), MemberData(nameof(Balanced))]
    public void It_is_the_same_at_any_number_of_threads_and_whenever_it_is_asked(string spec)
    {
        var selector = SelectorCatalog.Parse(spec);
        foreach (var count in new[] { 100, 3000 })
        {
            var one = selector.Choose(SelectionInputs.Of(count, 5, threads: 1), KeepBudget.Share(0.3));
            foreach (var threads in new[] { 1, 2, 5 })
            {
                var other = selector.Choose(SelectionInputs.Of(count, 5, threads), KeepBudget.Share(0.3));
                Assert.Equal(one.Order, other.Order);
                Assert.Equal(one.Weights, other.Weights);
                Assert.Equal(one.Scores, other.Scores);
            }
        }
    }

    [Theory, MemberData(nameof(All))]
    public void A_ranked_one_keeps_the_first_of_its_order_for_a_smaller_budget(string spec)
    {
        var selector = SelectorCatalog.Parse(spec);
        if (!selector.IsRanked)
        {
            return;
        }

        var input = SelectionInputs.Of(200, seed: 7);
        var more = selector.Choose(input, KeepBudget.Count(150)).Order;
        foreach (var keep in new[] { 0, 1, 17, 80, 149 })
        {
            Assert.Equal(more[..keep], selector.Choose(input, KeepBudget.Count(keep)).Order);
        }
    }

    [Theory, MemberData(nameof(All))]
    public void What_it_needs_and_lacks_is_named(string spec)
    {
        var selector = SelectorCatalog.Parse(spec);
        foreach (var need in Enum.GetValues<SelectionNeeds>().Where(need => need != SelectionNeeds.None && selector.Needs.HasFlag(need)))
        {
            Assert.Throws<SelectionException>(() => selector.Choose(SelectionInputs.Without(50, need), KeepBudget.Count(10)));
        }
    }

    [Theory, MemberData(nameof(All))]
    public void NaN_is_refused_with_its_place(string spec)
    {
        var selector = SelectorCatalog.Parse(spec);
        if (selector.Needs.HasFlag(SelectionNeeds.Scores))
        {
            var scores = SelectionInputs.Scores(50, 1);
            scores[17] = float.NaN;
            var error = Assert.Throws<SelectionException>(() => selector.Choose(SelectionInputs.Of(50, 1, scores: scores), KeepBudget.Count(10)));
            Assert.Contains("sample 17 is NaN", error.Message, StringComparison.Ordinal);
        }
    }

    [Theory, MemberData(nameof(All))]
    public void It_is_described_and_its_spec_reads_back(string name)
    {
        var method = SelectorCatalog.Find(name);
        Assert.EndsWith(".", method.Summary, StringComparison.Ordinal);
        Assert.NotEmpty(method.Citation);
        Assert.Equal(name, SelectorCatalog.Canonical(name));
        foreach (var parameter in method.Parameters)
        {
            var spec = $"{name}:{parameter.Name}={parameter.Example}";
            Assert.Equal(spec, SelectorCatalog.Canonical(spec));
            SelectorCatalog.Parse(spec);
        }
    }
}
