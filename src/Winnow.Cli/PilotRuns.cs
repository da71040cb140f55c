using System.Text.Json;
using Winnow.Catalog;
using Winnow.Experiments;
using Winnow.Experiments.Subsets;
using Winnow.Records;
using Winnow.Records.Comparisons;
using Winnow.Selection;

namespace Winnow.Cli;

/// <summary>One training on a part of the data that kept the hard samples or the easy ones of it.</summary>
/// <param name="Pair">What it has in common with the one that it is held against, in words: all but which of the two it kept.</param>
/// <param name="Samples">How many samples it chose from.</param>
/// <param name="Hard">Whether it kept the hard ones.</param>
/// <param name="Error">Its test error.</param>
internal sealed record PilotRun(string Pair, double Samples, bool Hard, double Error);

/// <summary>Reads pilots out of comparisons, or out of a table that somebody else's trainer has filled.</summary>
internal static class PilotRuns
{
    private const string Samples = "samples", Keep = "keep", Keeps = "keeps", Error = "error";

    /// <summary>All that some folders and files hold.</summary>
    /// <exception cref="UsageException">One can't be read, or its numbers are no pilots.</exception>
    public static IReadOnlyList<PilotRun> Read(IReadOnlyList<string> paths)
    {
        var runs = new List<PilotRun>();
        string? model = null, from = null;
        foreach (var path in paths)
        {
            if (!Directory.Exists(path))
            {
                runs.AddRange(Table(path));
                continue;
            }

            var result = Result(path);
            if (model is not null && model != result.Model)
            {
                throw new UsageException($"{path} trained {result.Model} and {from} {model}; a scaling law is of one network, so give pilots of one.");
            }

            (model, from) = (result.Model, path);
            runs.AddRange(result.Arms.Where(static arm => arm.Role == "method" && SubsetSpec.Is(arm.Name)).SelectMany(arm => Of(arm, result.Dataset.Train, path)));
        }

        return runs;
    }

    private static ComparisonResult Result(string folder)
    {
        var file = Path.Combine(folder, "result.json");
        try
        {
            using var stream = File.OpenRead(file);
            return JsonSerializer.Deserialize(stream, RunJson.Indented.ComparisonResult) ?? throw new JsonException("it is empty");
        }
        catch (FileNotFoundException)
        {
            throw new UsageException($"{folder} holds no result.json; give folders of finished comparisons (winnow compare), or a .csv file.");
        }
        catch (Exception error) when (error is JsonException or IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"{file} is no result of winnow compare: {error.Message.TrimEnd('.')}.");
        }
    }

    private static IEnumerable<PilotRun> Of(ArmResult arm, int samples, string path)
    {
        var spec = SubsetSpec.Parse(arm.Name);
        if (Pair(spec.Selector) is not var (selector, hard))
        {
            return [];
        }

        if (spec.Keep.IsCount)
        {
            throw new UsageException($"{path}: {arm.Name} keeps {spec.Keep} samples whatever there are, and pilots of different sizes have to keep the same share; write e.g. keep=0.3.");
        }

        var judgement = arm.Judgement;
        if (arm.Judged is not { } judged || (judgement.HigherIsBetter && !judgement.IsShare))
        {
            throw new UsageException($"{path}: {arm.Name} is judged by {judgement.Words}, of which no error can be made; a scaling law takes one that falls, or accuracy.");
        }

        var pair = (spec with { Selector = selector }).ToString().Replace("top:", "top/bottom:", StringComparison.Ordinal);
        return judged.Values.Select(value => new PilotRun(pair, samples, hard, judgement.HigherIsBetter ? 1 - value : value));
    }

    /// <summary>The selector without what tells hard from easy, and which of the two it keeps; null for one that keeps neither.</summary>
    private static (string Selector, bool Hard)? Pair(string selector)
    {
        var method = SpecText.Base(selector);
        return method.Name switch
        {
            "top" => (selector, true),
            "bottom" => ("top" + selector[method.Name.Length..], false),
            "prototypes" or "class-prototypes" => (SpecText.Without(selector, Keeps), !method.Values.Any(static value => value is { Key: Keeps, Value: "near" })),
            _ => null,
        };
    }

    private static IEnumerable<PilotRun> Table(string path)
    {
        string[] lines;
        try
        {
            lines = File.ReadAllLines(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"\"{path}\" can't be read: there is no such folder or file; give folders of winnow compare, or a .csv file.");
        }

        string[] wanted = [Samples, Keep, Keeps, Error], header = Cells(lines.FirstOrDefault() ?? "");
        if (wanted.FirstOrDefault(column => !header.Contains(column)) is { } missing)
        {
            throw new UsageException($"{path}: line 1 names no column {missing}; it has to name {string.Join(",", wanted)}, e.g. 6000,0.3,hard,0.124 below it.");
        }

        var at = Array.ConvertAll(wanted, column => Array.IndexOf(header, column));
        for (var line = 1; line < lines.Length; line++)
        {
            if (lines[line].Trim().Length == 0)
            {
                continue;
            }

            var cells = Cells(lines[line]);
            if (cells.Length != header.Length)
            {
                throw Wrong($"has {cells.Length} values and line 1 names {header.Length} columns");
            }

            var keeps = cells[at[2]];
            if (keeps is not ("hard" or "easy" or "far" or "near"))
            {
                throw Wrong($"says keeps={keeps}; it is hard or easy (or far or near)");
            }

            var share = Number(1, new(0, 1) { MinOpen = true, MaxOpen = true }, "the share that was kept, e.g. 0.3");
            var samples = Number(0, new(1, 1e12), "a number of samples, e.g. 6000");
            var error = Number(3, new(0, 1e12) { MinOpen = true }, "a test error, e.g. 0.124");
            yield return new($"keep={KeepBudget.Share(share)}", samples, keeps is "hard" or "far", error);

            double Number(int column, NumberRange<double> range, string what) => NumberText.Read(cells[at[column]], range, out var value) is { } problem
                ? throw Wrong($"says {wanted[column]}={cells[at[column]]}, which {problem}; it is {what}")
                : value;

            UsageException Wrong(string what) => new($"{path}: line {line + 1} {what}.");
        }
    }

    private static string[] Cells(string line) => line.Split(',', StringSplitOptions.TrimEntries);
}
