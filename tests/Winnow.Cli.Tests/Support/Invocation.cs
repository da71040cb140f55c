using System.Text.Json;

namespace Winnow.Cli.Tests.Support;

/// <summary>What one command line came to.</summary>
public sealed record CliResult(int Code, string Out, string Error)
{
    public JsonElement Json => JsonDocument.Parse(Out).RootElement;

    public string[] ErrorLines => Error.Split('\n', StringSplitOptions.RemoveEmptyEntries);
}

/// <summary>Runs command lines in this process, as a pipe would see them.</summary>
public static class Invocation
{
    public static CliResult Run(params string[] args) => RunOn(null, args);

    /// <summary>The same where results go to something of so many columns; null: of those that a pipe has.</summary>
    public static CliResult RunOn(int? columns, params string[] args)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var terminal = new Terminal(output, error, interactive: false);
        terminal.Out.Profile.Width = columns ?? terminal.Out.Profile.Width;
        var code = CommandLine.Run(args, terminal, TimeProvider.System);
        return new CliResult(code, output.ToString(), error.ToString());
    }

    /// <summary>A failure as every one has to be: nothing on standard output, one line of standard error, no trace of the runtime.</summary>
    public static string Fail(int code, params string[] args)
    {
        var result = Run(args);
        Assert.Equal(code, result.Code);
        Assert.Empty(result.Out);
        var line = Assert.Single(result.ErrorLines, static line => line.StartsWith("winnow: ", StringComparison.Ordinal));
        Assert.Equal(line, result.ErrorLines[^1]);
        Assert.DoesNotContain("(Parameter", result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("System.", result.Error, StringComparison.Ordinal);
        return line;
    }
}
