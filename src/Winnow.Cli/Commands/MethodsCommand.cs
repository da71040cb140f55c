using System.CommandLine;
using System.Text.Json.Serialization;
using Spectre.Console;
using Winnow.Catalog;
using Winnow.Policies;

namespace Winnow.Cli.Commands;

/// <summary><c>winnow methods</c>: what there is to choose from.</summary>
internal static class MethodsCommand
{
    public static Command Create(Terminal terminal)
    {
        var name = new Argument<string?>("method") { Description = "a method's name, for its parameters", Arity = ArgumentArity.ZeroOrOne };
        var command = new Command("methods", "List the methods, or one with its parameters.") { name, Options.RunOptions.Json };
        Help.AddTo(command, terminal,
            ("winnow methods", "all of them"),
            ("winnow methods infobatch", "one, with its parameters and their ranges"),
            ("winnow methods --json", "the same for another program"));
        command.SetAction(parsed =>
        {
            var chosen = parsed.GetValue(name) is { } text ? [PolicyCatalog.Find(text)] : PolicyCatalog.All;
            if (parsed.GetValue(Options.RunOptions.Json))
            {
                terminal.WriteJson(
                    [.. chosen.Select(static method => new MethodInfo(method.Name, method.Summary, method.Citation,
                        [.. method.Parameters.Select(static parameter => new ParameterInfo(parameter.Name, parameter.Format(parameter.Default), parameter.Range, parameter.Meaning))]))],
                    CliJson.Indented.MethodInfoArray);
            }
            else if (parsed.GetValue(name) is null)
            {
                WriteAll(terminal);
            }
            else
            {
                WriteOne(terminal, chosen[0]);
            }

            return ExitCode.Done;
        });
        return command;
    }

    private static void WriteAll(Terminal terminal)
    {
        var table = new Table().Border(TableBorder.Rounded).AddColumns("method", "what it does", "defaults");
        foreach (var method in PolicyCatalog.All)
        {
            table.AddRow(new[]
            {
                method.Name,
                method.Summary,
                string.Join("\n", method.Parameters.Select(static parameter => $"{parameter.Name}={parameter.Format(parameter.Default)}")),
            }.Select(Markup.Escape).ToArray());
        }

        terminal.Out.Write(table);
        terminal.WriteLine("winnow methods NAME shows one with its parameters; a spec joins them: infobatch:keep=0.3,until=0.9");
    }

    private static void WriteOne(Terminal terminal, Method<IPruningPolicy> method)
    {
        terminal.WriteLine($"{method.Name}: {method.Summary}");
        terminal.WriteLine($"Source: {method.Citation}");
        if (method.Parameters.Count == 0)
        {
            terminal.WriteLine("It takes no parameters.");
            return;
        }

        var table = new Table().Border(TableBorder.Rounded).AddColumns("parameter", "default", "range", "meaning");
        foreach (var parameter in method.Parameters)
        {
            table.AddRow(new[] { parameter.Name, parameter.Format(parameter.Default), parameter.Range, parameter.Meaning }.Select(Markup.Escape).ToArray());
        }

        terminal.Out.Write(table);
    }
}

/// <summary>A method in JSON.</summary>
internal sealed record MethodInfo(string Name, string Summary, string Citation, IReadOnlyList<ParameterInfo> Parameters);

/// <summary>A parameter in JSON; default and range as they are written in a spec.</summary>
internal sealed record ParameterInfo(string Name, string Default, string Range, string Meaning);

/// <summary>The JSON of the small verbs.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true)]
[JsonSerializable(typeof(MethodInfo[]))]
[JsonSerializable(typeof(PlanManifest))]
[JsonSerializable(typeof(SystemInfo))]
internal sealed partial class CliJson : JsonSerializerContext
{
    /// <summary>Readable: text isn't escaped beyond need.</summary>
    public static CliJson Indented => field ??= new(new System.Text.Json.JsonSerializerOptions(Default.Options)
    {
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });
}
