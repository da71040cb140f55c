using Winnow.Catalog;
using Winnow.Networks.Sparsity;

namespace Winnow.Networks.Tests.Sparsity;

public class SparsityMethodTests
{
    [Theory]
    [InlineData("gmp", "magnitude+uniform+cubic")]
    [InlineData("gmp+global", "magnitude+global+cubic")]
    [InlineData("cubic:until=0.5+gmp", null)]
    [InlineData("magnitude", "magnitude+global+cubic")]
    [InlineData("erk", "magnitude+erk+cubic")]
    [InlineData("cubic:until=0.50+lamp+erk", "lamp+erk+cubic:until=0.5")]
    [InlineData("random-erk", "random+erk+one-shot")]
    [InlineData("snip", "snip+global+one-shot")]
    [InlineData("snip:normalise=l2+cubic", "snip:normalise=l2+global+cubic")]
    [InlineData("synflow", "synflow+global+one-shot:rounds=100")]
    [InlineData("journey", "magnitude+uniform+window")]
    [InlineData("n-of-m+one-shot:at=0.5", "magnitude+n-of-m+one-shot:at=0.5")]
    public void A_spec_is_a_composition_and_what_isnt_said_is_the_presets(string spec, string? canonical)
    {
        if (canonical is null)
        {
            Assert.StartsWith("nothing is called gmp in \"cubic:until=0.5+gmp\"; there are the presets gmp, grasp, ", Assert.Throws<MethodSpecException>(() => SparsityMethod.Parse(spec)).Message, StringComparison.Ordinal);
            return;
        }

        var method = SparsityMethod.Parse(spec);
        Assert.Equal(canonical, method.Spec);
        Assert.Equal(method, SparsityMethod.Parse(canonical));
        Assert.NotEqual(method, SparsityMethod.Parse("taylor+uniform"));
    }

    [Theory]
    [InlineData("gpm", ": did you mean gmp?")]
    [InlineData("gmp+global+uniform", "\"gmp+global+uniform\" names two of one kind, the budget; name one")]
    [InlineData("gmp:until=0.5", "the preset gmp takes no parameters, and \"gmp:until=0.5\" gives until; add a part in its place, e.g. gmp+cubic:until=0.5")]
    [InlineData("n-of-m", "the budget n-of-m says by itself how many weights stay, so that nothing is left to the schedule cubic; write n-of-m+one-shot:at=0.5")]
    [InlineData("magnitude+rounds", "the schedule rounds is of several trainings, and this is one; take geometric for rounds within a training")]
    [InlineData("n-of-m+one-shot:rounds=3", "the budget n-of-m says by itself how many weights stay, which leaves nothing for rounds; leave rounds out")]
    public void What_cant_be_is_said_with_a_remedy(string spec, string message) => Assert.EndsWith(message, Assert.Throws<MethodSpecException>(() => SparsityMethod.Parse(spec)).Message, StringComparison.Ordinal);

    [Fact]
    public void A_density_is_asked_for_where_and_only_where_the_budget_leaves_it_open()
    {
        SparsityMethod gmp = SparsityMethod.Parse("gmp"), pattern = SparsityMethod.Parse("n-of-m+one-shot");
        gmp.CheckDensity(0.1);
        pattern.CheckDensity(null);
        Assert.Equal("magnitude+uniform+cubic has to be told the share of the weights that stays at the end; give a density, e.g. 0.1", Assert.Throws<MethodSpecException>(() => gmp.CheckDensity(null)).Message);
        Assert.Equal("magnitude+n-of-m+one-shot says by itself how many weights stay, so that the density 0.5 can't be asked for; leave it out", Assert.Throws<MethodSpecException>(() => pattern.CheckDensity(0.5)).Message);
        Assert.All(new[] { 0, -1, 1.5, double.NaN }, density => Assert.Contains("is not in (0, 1]", Assert.Throws<MethodSpecException>(() => gmp.CheckDensity(density)).Message, StringComparison.Ordinal));
    }

    [Fact]
    public void Every_preset_is_a_spec_of_its_own_name() =>
        Assert.All(SparsityPresets.All, static preset => Assert.Equal($"{preset.Parts.Score}+{preset.Parts.Budget}+{preset.Parts.Schedule}", SparsityMethod.Parse(preset.Name).Spec));
}
