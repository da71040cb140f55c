using System.CommandLine;
using Winnow.Cli.Views;
using Winnow.Data;
using Winnow.Data.Formats;
using Winnow.Data.Scores;
using Winnow.Embedding;
using Winnow.Scores;
using Winnow.Selection;

namespace Winnow.Cli.Options;

/// <summary>Where what is selected from comes from.</summary>
/// <param name="Data">The data set's name; null where it wasn't given.</param>
/// <param name="Fingerprint">Of the samples; null where it isn't known.</param>
/// <param name="Scores">The score's spec or its file; null for none.</param>
internal sealed record SelectionSource(string? Data, string? Fingerprint, string? Scores);

/// <summary>The files that <c>select</c> reads: one row a sample each.</summary>
internal sealed class SelectionOptions
{
    private readonly Option<string?> _scores = new("--scores") { Description = "one number a sample: an npy file, or an npz archive such as winnow score writes", HelpName = "file" };
    private readonly Option<string?> _by = new("--by") { Description = "which score of the archive, where it holds several", HelpName = "name" };
    private readonly Option<Direction?> _higher = Value.Choice<Direction>("--higher", "what a high score means, where the file doesn't say: that the sample is harder (a loss) or easier (a margin) [default: harder]", ("harder", Direction.Harder), ("easier", Direction.Easier));
    private readonly Option<string?> _suspicion = new("--suspicion") { Description = "a second score, by which the most suspicious samples are cut off first: high means suspicious [default: the scores themselves]", HelpName = "file.npy" };
    private readonly Option<string?> _labels = new("--labels") { Description = "the class of each sample, whole numbers from 0 [default: the data's]", HelpName = "y.npy" };
    private readonly Option<string?> _embeddings = new("--embeddings") { Description = "a row of features a sample, [n, width] in float32 or float16; the file may be larger than memory", HelpName = "e.npy" };
    private readonly Option<string?> _probabilities = new("--probabilities") { Description = "the probability of each class, a row a sample", HelpName = "p.npy" };
    private readonly Option<string?> _accuracies = new("--class-accuracies") { Description = "the share of each class that a model has right, for +classes:shares=inverse-accuracy", HelpName = "a.npy" };

    private enum Direction
    {
        Harder,
        Easier,
    }

    public void AddTo(Command command)
    {
        foreach (var option in new Option[] { _scores, _by, _higher, _suspicion, _labels, _embeddings, _probabilities, _accuracies })
        {
            command.Options.Add(option);
        }
    }

    /// <summary>Reads what the command names.</summary>
    public (SelectionInput Input, SelectionSource Source) Read(ParseResult parsed, RecipeOptions recipe, SelectionNeeds needs, ulong seed, int threads, Terminal terminal, TimeProvider time)
    {
        var (truth, set) = parsed.GetValue(RecipeOptions.Data) is null ? (null, null) : recipe.TrainSet(parsed, new DecodingView(terminal.WriteNote, time).Show);
        var scores = parsed.GetValue(_scores) is { } file ? Scores(parsed, file) : new Given(default, null, null);
        if (needs.HasFlag(SelectionNeeds.Scores) && scores.Name is null)
        {
            throw new UsageException("the method chooses by a score; give --scores with one number a sample, such as winnow score writes.");
        }

        var probabilities = parsed.GetValue(_probabilities) is { } p ? Probabilities(p) : null;
        if (needs.HasFlag(SelectionNeeds.Embeddings) && parsed.GetValue(_embeddings) is null)
        {
            throw new UsageException("the method chooses by embeddings; give --embeddings with a row of numbers a sample, such as winnow embed writes.");
        }

        var embeddings = parsed.GetValue(_embeddings) is { } e ? MappedEmbeddings.Open(e) : null;
        var count = set?.Count ?? (scores.Name is not null ? scores.Values.Length : embeddings?.Count ?? probabilities?.Shape[0])
            ?? throw new UsageException("what is selected from? Name the data, or give --scores, --embeddings or --probabilities.");
        var labels = parsed.GetValue(_labels) is { } y ? PlanSignals.Labels(y, count) : set?.Labels.ToArray() ?? [];
        var input = new SelectionInput(count)
        {
            Scores = scores.Values,
            Suspicion = parsed.GetValue(_suspicion) is { } s ? Floats(s) : default,
            Labels = labels,
            Embeddings = embeddings,
            Probabilities = probabilities?.AsSingles() ?? default,
            ClassAccuracies = parsed.GetValue(_accuracies) is { } a ? Array.ConvertAll(Floats(a).ToArray(), static value => (double)value) : default,
            Seed = seed,
            Threads = threads,
        };
        if (set is not null)
        {
            scores.File?.RequireData(set.Name, set.Count, set.Fingerprint);
            Require(parsed.GetValue(_embeddings), truth!);
        }

        return (input, new(set?.Name ?? scores.File?.Manifest.Data, set?.Fingerprint ?? scores.File?.Manifest.Fingerprint, scores.Name));
    }

    /// <summary>Refuses embeddings of which it is known that they are of other samples. Labels that were made wrong change no picture.</summary>
    private static void Require(string? file, SampleSet truth)
    {
        if (file is null || !File.Exists(EmbeddingFile.InfoPath(file)))
        {
            return;
        }

        var info = EmbeddingFile.ReadInfo(file);
        if (info.N != truth.Count || (info.Fingerprint != truth.Fingerprint && info.LabelsSha256 != EmbeddingFile.HashLabels(truth.Labels)))
        {
            throw new UsageException($"{file} has the embeddings of {info.N} samples of {info.Data}, which aren't the {truth.Count} of {truth.Name}; give the data, and the options that change them, that they were made of.");
        }
    }

    private Given Scores(ParseResult parsed, string file)
    {
        var (by, higher) = (parsed.GetValue(_by), parsed.GetValue(_higher));
        if (!file.EndsWith(".npz", StringComparison.Ordinal))
        {
            return by is null
                ? new(Directed(Floats(file), higher == Direction.Easier), Path.GetFileName(file), null)
                : throw new UsageException($"--by {by} names a score of an archive, and {file} is none; leave it out.");
        }

        var content = Npz.Read(file);
        if (ScoreFile.IsOne(content))
        {
            var scores = ScoreFile.Of(file, content);
            var score = scores.Find(by);
            return higher is null
                ? new(Directed(score.Values, score.Orientation == ScoreOrientation.HigherIsCleaner), score.Spec, scores)
                : throw new UsageException($"{_higher.Name} says which way the scores go, and {file} says that itself; leave it out.");
        }

        string[] names = [.. content.Arrays.Where(static entry => entry.Value.Shape.Length == 1 && !entry.Value.IsInteger).Select(static entry => entry.Key)];
        var name = by ?? (names.Length == 1 ? names[0] : throw new UsageException($"{file} holds {(names.Length == 0 ? "no scores" : $"the scores {string.Join(", ", names)}")}; say which by --by."));
        var array = content.Find(name) is { } found && names.Contains(name) ? found : throw new UsageException($"--by {name}: {file} holds {(names.Length == 0 ? "no scores" : string.Join(", ", names))}.");
        return new(Directed(array.AsSingles(), higher == Direction.Easier), name, null);
    }

    private static ReadOnlyMemory<float> Directed(ReadOnlyMemory<float> scores, bool turned) => turned ? Array.ConvertAll(scores.ToArray(), static score => -score) : scores;

    /// <summary>Scores as they were given: hard ones high.</summary>
    private sealed record Given(ReadOnlyMemory<float> Values, string? Name, ScoreFile? File);

    /// <summary>Probabilities of all classes, a row a sample.</summary>
    public static NpyArray Probabilities(string file)
    {
        var array = Npy.Read(file);
        return array.Shape.Length == 2 && !array.IsInteger
            ? array
            : throw new DataException($"{file}: the array is {array.Type} {array.ShapeText}; probabilities are floats [samples, classes].");
    }

    private static ReadOnlyMemory<float> Floats(string file)
    {
        var array = Npy.Read(file);
        return array.Shape.Length == 1
            ? array.AsSingles()
            : throw new DataException($"{file}: the array has the shape {array.ShapeText}; one number a sample, [N], is needed: a.ravel() where it holds just those.");
    }
}
