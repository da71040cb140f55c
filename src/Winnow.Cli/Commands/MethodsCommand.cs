using System.CommandLine;
using System.Text.Json.Serialization;
using Spectre.Console;
using Winnow.Catalog;
using Winnow.Cli.Views;
using Winnow.Curation.Filters;
using Winnow.Networks.Budgets;
using Winnow.Networks.Schedules;
using Winnow.Networks.Scores;
using Winnow.Networks.Sparsity;
using Winnow.Policies;
using Winnow.Policies.Modifiers;
using Winnow.Scores;
using Winnow.Selection;

namespace Winnow.Cli.Commands;

/// <summary><c>winnow methods</c>: what there is to choose from.</summary>
internal static class MethodsCommand
{
    private const string Method = "method", Modifier = "modifier", Score = "score", Selector = "selector", Balance = "balance", Preset = "sparsity preset", WeightScore = "weight score", Budget = "budget", Schedule = "density schedule", Filter = "text filter";

    public static Command Create(Terminal terminal)
    {
        var name = new Argument<string?>("method") { Description = "the name of one, for its parameters", Arity = ArgumentArity.ZeroOrOne };
        var command = new Command("methods", "List the methods that prune while a model trains, the scores and selectors that choose before it does, what can be put around them, what weights are dropped by and what texts are filtered by; or one with its parameters.")
        {
            name, Options.RunOptions.Json,
        };
        Help.AddTo(command, terminal,
            ("winnow methods", "all of them"),
            ("winnow methods infobatch", "one, with its parameters and their ranges"),
            ("winnow methods max-age", "a modifier, written after a + as in infobatch+max-age:epochs=4"),
            ("winnow methods gmp", "a preset of train --sparsify: gradual magnitude pruning"),
            ("winnow methods --json", "the same for another program"));
        command.SetAction(parsed =>
        {
            MethodInfo[] all =
            [
                .. PolicyCatalog.All.Select(static method => Info(method, Method)), .. ModifierCatalog.All.Select(static modifier => Info(modifier, Modifier)),
                .. ScoreCatalog.All.Select(static score => Info(score, Score)), .. SelectorCatalog.All.Select(static selector => Info(selector, Selector)), .. SelectorCatalog.Balances.Select(static balance => Info(balance, Balance)),
                .. SparsityPresets.All.Select(static preset => new MethodInfo(Preset, preset.Name, $"{preset.Summary} It is {SparsityMethod.Parse(preset.Name)}.", preset.Citation, [])),
                .. WeightScoreCatalog.All.Select(static score => Info(score, WeightScore)), .. BudgetCatalog.All.Select(static budget => Info(budget, Budget)), .. DensityScheduleCatalog.All.Select(static schedule => Info(schedule, Schedule)),
                .. FilterCatalog.All.Select(static filter => Info(filter, Filter)),
            ];
            var chosen = parsed.GetValue(name) is { } text ? Find(all, text) : all;
            if (parsed.GetValue(Options.RunOptions.Json))
            {
                terminal.WriteJson(chosen, CliJson.Indented.MethodInfoArray);
            }
            else if (parsed.GetValue(name) is null)
            {
                WriteAll(terminal, all);
            }
            else
            {
                Array.ForEach(chosen, entry => WriteOne(terminal, entry));
            }

            return ExitCode.Done;
        });
        return command;
    }

    private static MethodInfo Info<T>(Method<T> entry, string kind) => new(kind, entry.Name, entry.Summary, entry.Citation,
        [.. entry.Parameters.Select(static parameter => new ParameterInfo(parameter.Name, parameter.Format(parameter.Default), parameter.Range, parameter.Meaning))]);

    // A name may stand with parameters, as it does where it is used.
    private static MethodInfo[] Find(MethodInfo[] all, string text)
    {
        var name = MethodSpec.Parse(text).Name;
        string[] names = [.. all.Select(static entry => entry.Name).Distinct()];
        return Array.FindAll(all, entry => entry.Name == name) is { Length: > 0 } found ? found : throw new UsageException(
            $"no method, modifier, score, selector, preset, budget, schedule or filter {name}; there are {string.Join(", ", names)}{(Closest.To(name, names) is { } near ? $": did you mean {near}?" : "")}");
    }

    private static void WriteAll(Terminal terminal, MethodInfo[] all)
    {
        Write("method", Method);
        Write("+ modifier", Modifier);
        terminal.WriteLine("winnow methods NAME shows one with its parameters; a spec joins them: infobatch:keep=0.3,until=0.9+max-age:epochs=4");
        Write("score", Score);
        terminal.WriteLine("A score is a number a sample, made of a training: winnow score DATA --scores el2n forgetting:never-learned=epochs");
        Write("selector", Selector);
        Write("+ balance", Balance);
        terminal.WriteLine("A selector chooses once, before anything is trained: winnow select --method ccs:cutoff=0.2+classes");
        Write("sparsity preset", Preset);
        Write("weight score", WeightScore);
        Write("budget", Budget);
        Write("density schedule", Schedule);
        terminal.WriteLine("Weights are dropped while a network trains, by a preset, a weight score, a budget and a schedule: winnow train DATA --density 10% --sparsify gmp+erk+cubic:until=0.5");

        Write("text filter", Filter);
        terminal.WriteLine("Texts are kept by published rules, each bound a parameter: winnow filter corpus/ --by gopher-quality:min-words=20 fineweb --out good");

        void Write(string heading, string kind)
        {
            var entries = all.Where(entry => entry.Kind == kind);
            var table = new Table().Border(TableBorder.Rounded).AddColumns(heading, "what it does", "defaults");
            foreach (var entry in entries)
            {
                table.AddRow(new[] { entry.Name, entry.Summary, string.Join("\n", entry.Parameters.Select(static parameter => $"{parameter.Name}={parameter.Default}")) }
                    .Select(Markup.Escape).ToArray());
            }

            terminal.Out.Write(table);
        }
    }

    private static void WriteOne(Terminal terminal, MethodInfo entry)
    {
        terminal.WriteLine($"{(entry.Kind is Modifier or Balance ? "+" : "")}{entry.Name}: {entry.Summary}");
        terminal.WriteLine($"Source: {entry.Citation}");
        if (entry.Kind != Method)
        {
            terminal.WriteLine(entry.Kind switch
            {
                Modifier => $"A modifier: it stands after a method, as in infobatch+{entry.Name}",
                Score => $"A score, for winnow score --scores {entry.Name}: a number a sample, made of a training.",
                Balance => $"A balance: it stands after a selector, as in top+{entry.Name}",
                Preset => $"A preset, for winnow train --density 10% --sparsify {entry.Name}: parts of one's own take the place of its parts.",
                WeightScore or Budget or Schedule => $"A {entry.Kind}, a part of winnow train --sparsify, as in gmp+{entry.Name}",
                Filter => $"A filter, for winnow filter --by {entry.Name}: rules that a text must keep.",
                _ => $"A selector, for winnow select --method {entry.Name}: it chooses once, before anything is trained.",
            });
        }

        if (entry.Parameters.Count == 0)
        {
            terminal.WriteLine("It takes no parameters.");
            return;
        }

        var table = new Table().Border(TableBorder.Rounded).AddColumns("parameter", "default", "range", "meaning");
        foreach (var parameter in entry.Parameters)
        {
            table.AddRow(new[] { parameter.Name, parameter.Default, parameter.Range, parameter.Meaning }.Select(Markup.Escape).ToArray());
        }

        terminal.Out.Write(table);
    }
}

/// <summary>A method, modifier, score, selector or balance in JSON; the kind says which.</summary>
internal sealed record MethodInfo(string Kind, string Name, string Summary, string Citation, IReadOnlyList<ParameterInfo> Parameters);

/// <summary>A parameter in JSON; default and range as they are written in a spec.</summary>
internal sealed record ParameterInfo(string Name, string Default, string Range, string Meaning);

/// <summary>The JSON of the small verbs.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true)]
[JsonSerializable(typeof(MethodInfo[]))]
[JsonSerializable(typeof(PlanManifest))]
[JsonSerializable(typeof(ObserveSummary))]
[JsonSerializable(typeof(PlanBenchmarkResult))]
[JsonSerializable(typeof(SystemInfo))]
[JsonSerializable(typeof(ScoreSummary))]
[JsonSerializable(typeof(SelectSummary))]
[JsonSerializable(typeof(LabelSummary))]
[JsonSerializable(typeof(ShrinkResult))]
[JsonSerializable(typeof(ScalingSummary))]
[JsonSerializable(typeof(DedupSummary))]
[JsonSerializable(typeof(FilterSummary))]
[JsonSerializable(typeof(SignalSummary))]
[JsonSerializable(typeof(SignalInfo[]))]
[JsonSerializable(typeof(ResampleSummary))]
[JsonSerializable(typeof(RetrySummary))]
[JsonSerializable(typeof(TicketSummary))]
[JsonSerializable(typeof(ExportResult))]
[JsonSerializable(typeof(string[]))]
internal sealed partial class CliJson : JsonSerializerContext
{
    /// <summary>Readable: text isn't escaped beyond need.</summary>
    public static CliJson Indented => field ??= new(new System.Text.Json.JsonSerializerOptions(Default.Options)
    {
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });
}
