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
    public static CliResult Run(params string[] args)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var code = CommandLine.Run(args, new Terminal(output, error, interactive: false), TimeProvider.System);
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
