using System.CommandLine;
using System.CommandLine.Parsing;
using Winnow.Data;
using Winnow.Data.Scores;
using Winnow.Scores;

namespace Winnow.Cli.Options;

/// <summary>Which scores, of what, and where they go.</summary>
internal sealed class ScoreOptions
{
    private const string Default = "el2n";

    /// <summary>What the file in a run's folder is called.</summary>
    public const string FileName = "scores.npz";

    private readonly Option<string[]> _scores = Value.List("--scores", $"the scores, as in el2n:epochs=2,runs=3: {string.Join(", ", ScoreCatalog.All.Select(static score => score.Name))} [default: {Default}]", "spec ...", "-s");
    private readonly Option<string?> _out = new("--out", "-o") { Description = "the file that they go to, as well as to the run folder: .npz, an array a score, which numpy reads; needed with --from-probabilities, --from-logits and --from-run", HelpName = "file.npz" };
    private readonly Option<int?> _runs = Value.Number<int>("--runs", "over how many trainings from different seeds scores are averaged that don't say so themselves [default: 1]", new(1, 1000), "3");
    private readonly Option<string[]> _probabilities = Value.List("--from-probabilities", "score what another trainer wrote: npy files [samples, classes] of probabilities, one an epoch; a pattern such as 'p-*.npy' is taken by number", "file.npy ...");
    private readonly Option<string[]> _logits = Value.List("--from-logits", "the same of numbers before the softmax", "file.npy ...");
    private readonly Option<string?> _labels = new("--labels") { Description = "the class of each sample, whole numbers from 0, in an npy file; where the data isn't named", HelpName = "file.npy" };
    private readonly Option<string?> _fromRun = new("--from-run") { Description = "score what a run of train has recorded of its visits (loss and prediction), or has scored", HelpName = "folder" };

    public void AddTo(Command command)
    {
        foreach (var option in new Option[] { _scores, _runs, _out, _probabilities, _logits, _labels, _fromRun })
        {
            command.Options.Add(option);
        }
    }

    /// <summary>Whether nothing is trained, so that no data need be named.</summary>
    public bool FromFiles(CommandResult result) => result.GetResult(_probabilities) is { Implicit: false } || result.GetResult(_logits) is { Implicit: false } || result.GetResult(_fromRun) is { Implicit: false };

    /// <summary>The run to score; null for none.</summary>
    public string? FromRun(ParseResult parsed)
    {
        var run = parsed.GetValue(_fromRun);
        return run is null ? null
            : Outputs(parsed) is not null ? throw new UsageException("--from-run can't be given with --from-probabilities or --from-logits; give one of them.")
            : run.Trim().Length == 0 ? throw new UsageException("--from-run is empty; name the folder of a run.")
            : run;
    }

    /// <summary>The canonical specs, each once.</summary>
    public IReadOnlyList<string> Specs(ParseResult parsed) => Canonical(parsed.GetValue(_scores) is { Length: > 0 } some ? some : [Default]);

    /// <summary>The canonical specs of some, each once.</summary>
    public static IReadOnlyList<string> Canonical(string[] given)
    {
        string[] specs = [.. given.Select(ScoreCatalog.Canonical)];
        return specs.GroupBy(static spec => spec).FirstOrDefault(static group => group.Count() > 1) is { } twice
            ? throw new UsageException($"--scores names {twice.Key} twice; name each score once.")
            : specs;
    }

    /// <summary>Refuses options that would be ignored: those of trainings where nothing is trained, and those of files where something is.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="recipe">Has the options of the data, which go with outputs from elsewhere.</param>
    public void CheckGiven(ParseResult parsed, RecipeOptions recipe)
    {
        if (!FromFiles(parsed.CommandResult))
        {
            if (parsed.GetValue(_labels) is not null)
            {
                throw new UsageException($"{_labels.Name} goes with --from-probabilities and --from-logits; a training has the labels of its data. Leave it out.");
            }

            return;
        }

        Option[] ofFiles = parsed.GetValue(_fromRun) is not null ? [_fromRun] : parsed.GetValue(RecipeOptions.Data) is null ? [_labels] : [_labels, .. recipe.OfData];
        UntrainedOptions.Check(parsed, [_scores, _out, _probabilities, _logits, .. ofFiles]);
    }

    public int Runs(ParseResult parsed) => parsed.GetValue(_runs) ?? 1;

    /// <summary>Where the scores are to go; null for the run's folder alone. Refuses a place where nothing may or can be written.</summary>
    public string? Out(ParseResult parsed)
    {
        if (parsed.GetValue(_out) is not { } path)
        {
            return FromFiles(parsed.CommandResult) ? throw new UsageException($"--out is needed where nothing is trained; e.g. --out {FileName}.") : null;
        }

        if (System.IO.Path.GetExtension(path) != ".npz")
        {
            throw new UsageException($"--out {path} doesn't end in .npz; e.g. --out {FileName}.");
        }

        OutputFile.CheckPlace(_out.Name, path, FileName);
        return !File.Exists(path) || IsScoreFile(path) ? Path.GetFullPath(path) : throw new UsageException($"--out {path} is there already and is no file of scores; give another name, or remove it.");
    }

    /// <summary>The files of outputs in the order of their epochs, and what they hold; null where none are given.</summary>
    public (OutputForm Form, IReadOnlyList<string> Files)? Outputs(ParseResult parsed)
    {
        var (probabilities, logits) = (parsed.GetValue(_probabilities) ?? [], parsed.GetValue(_logits) ?? []);
        if (probabilities.Length > 0 && logits.Length > 0)
        {
            throw new UsageException("--from-probabilities and --from-logits are both given; all files of a training hold the same.");
        }

        return probabilities.Length > 0 ? (OutputForm.Probabilities, Expand(_probabilities.Name, probabilities)) : logits.Length > 0 ? (OutputForm.Logits, Expand(_logits.Name, logits)) : null;
    }

    /// <summary>The labels that go with outputs: of the file, or of the data where that is named.</summary>
    public ReadOnlyMemory<int> Labels(ParseResult parsed, ReadOnlyMemory<int>? ofData)
    {
        if (parsed.GetValue(_labels) is not { } file)
        {
            return ofData ?? throw new UsageException("outputs need the samples' labels: give --labels y.npy, or name the data that they are of as the first word.");
        }

        if (ofData is not null)
        {
            throw new UsageException("--labels can't be given where the data is named, which has its own; leave one of them out.");
        }

        return PlanSignals.Labels(file, samples: null);
    }

    private static bool IsScoreFile(string path)
    {
        try
        {
            _ = ScoreFile.Read(path);
            return true;
        }
        catch (DataException)
        {
            return false;
        }
    }

    // The shell may have put what a pattern stands for in its place, by letters; epochs go by numbers. So do files that are named one by one.
    private static string[] Expand(string option, string[] given)
    {
        var files = new List<string>();
        foreach (var name in given)
        {
            if (name.AsSpan().IndexOfAny('*', '?') < 0 || File.Exists(name))
            {
                files.Add(name);
                continue;
            }

            var folder = Path.GetDirectoryName(name) is { Length: > 0 } some ? some : ".";
            string[] found = Directory.Exists(folder) ? [.. Directory.GetFiles(folder, Path.GetFileName(name)).Select(file => folder == "." && !name.StartsWith('.') ? Path.GetFileName(file) : file)] : [];
            files.AddRange(found.Length > 0 ? found : throw new UsageException($"{option} {name}: there is no such file; put a pattern into quotes, e.g. {option} 'p-*.npy'."));
        }

        files.Sort(static (one, other) => ByNumber(one, other) is not 0 and var order ? order : string.CompareOrdinal(one, other));
        return [.. files];
    }

    // Runs of digits count as numbers: p-2 before p-10.
    private static int ByNumber(string one, string other)
    {
        int i = 0, j = 0;
        while (i < one.Length && j < other.Length)
        {
            if (char.IsAsciiDigit(one[i]) && char.IsAsciiDigit(other[j]))
            {
                var (mine, theirs) = (Digits(one, ref i), Digits(other, ref j));
                var compared = mine.Length != theirs.Length ? mine.Length - theirs.Length : string.CompareOrdinal(mine, theirs);
                if (compared != 0)
                {
                    return compared;
                }

                continue;
            }

            if (one[i] != other[j])
            {
                return one[i] - other[j];
            }

            i++;
            j++;
        }

        return (one.Length - i) - (other.Length - j);
    }

    private static string Digits(string text, ref int at)
    {
        var start = at;
        while (at < text.Length && char.IsAsciiDigit(text[at]))
        {
            at++;
        }

        return text[start..at].TrimStart('0');
    }
}
