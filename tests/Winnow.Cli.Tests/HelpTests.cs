using Winnow.Cli.Tests.Support;

namespace Winnow.Cli.Tests;

public sealed class HelpTests
{
    [Theory]
    [InlineData("winnow", "--help")]
    [InlineData("train", "train", "--help")]
    [InlineData("compare", "compare", "-h")]
    [InlineData("plan", "plan", "-?")]
    [InlineData("observe", "observe", "--help")]
    [InlineData("report", "report", "--help")]
    [InlineData("inspect", "inspect", "--help")]
    [InlineData("score", "score", "--help")]
    [InlineData("embed", "embed", "--help")]
    [InlineData("methods", "methods", "--help")]
    [InlineData("info", "info", "--help")]
    [InlineData("select", "select", "--help")]
    [InlineData("dedup", "dedup", "--help")]
    [InlineData("filter", "filter", "--help")]
    [InlineData("signals", "signals", "--help")]
    [InlineData("resample", "resample", "--help")]
    [InlineData("retry", "retry", "--help")]
    [InlineData("labels", "labels", "--help")]
    [InlineData("scaling", "scaling", "--help")]
    [InlineData("export", "export", "--help")]
    [InlineData("shrink", "shrink", "--help")]
    [InlineData("tickets", "tickets", "--help")]
    public void Every_verb_explains_itself(string name, params string[] args)
    {
        var result = Invocation.Run(args);
        Assert.Equal(0, result.Code);
        Assert.Empty(result.Error);
        Snapshot.Matches($"help-{name}", result.Out);
    }

    [Fact]
    public void No_verb_shows_the_help() => Assert.Equal(Invocation.Run("--help"), Invocation.Run());

    [Fact]
    public void Help_wins_over_whatever_else_is_wrong() => Assert.Equal(0, Invocation.Run("train", "--epochs", "x", "--help").Code);

    [Fact]
    public void The_version_is_one_line() => Assert.Matches(@"^winnow \d+\.\d+\.\d+\S*\n$", Invocation.Run("--version").Out);

    [Theory]
    [InlineData("methods", "methods")]
    [InlineData("methods-infobatch", "methods", "infobatch")]
    [InlineData("methods-full", "methods", "full")]
    [InlineData("methods-max-age", "methods", "max-age")]
    public void Methods_are_listed(string name, params string[] args)
    {
        var result = Invocation.Run(args);
        Assert.Equal((0, ""), (result.Code, result.Error));
        Snapshot.Matches(name, result.Out);
    }

    [Fact]
    public void Methods_as_json_name_every_parameter_with_default_and_range()
    {
        var infobatch = Invocation.Run("methods", "--json").Json.EnumerateArray().Single(static method => method.GetProperty("name").GetString() == "infobatch");
        Assert.Equal("method", infobatch.GetProperty("kind").GetString());
        Assert.Equal("sparsity preset", Assert.Single(Invocation.Run("methods", "gmp", "--json").Json.EnumerateArray()).GetProperty("kind").GetString());
        Assert.Contains("It is magnitude+uniform+cubic.", Invocation.Run("methods", "gmp").Out, StringComparison.Ordinal);
        Assert.Equal("modifier", Assert.Single(Invocation.Run("methods", "max-age", "--json").Json.EnumerateArray()).GetProperty("kind").GetString());
        var keep = infobatch.GetProperty("parameters")[0];
        Assert.Equal(("keep", "0.5", "(0, 1]"), (keep.GetProperty("name").GetString(), keep.GetProperty("default").GetString(), keep.GetProperty("range").GetString()));
    }

    [TorchFact]
    public void Info_says_the_same_in_words_and_in_json()
    {
        var words = Invocation.Run("info");
        var json = Invocation.Run("info", "--json");
        Assert.Equal((0, 0), (words.Code, json.Code));
        Assert.Contains(json.Json.GetProperty("libtorch_path").GetString()!, words.Out, StringComparison.Ordinal);
        Assert.Contains(json.Json.GetProperty("processor").GetString()!, words.Out, StringComparison.Ordinal);
    }
}
