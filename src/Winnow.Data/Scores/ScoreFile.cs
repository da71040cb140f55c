using System.Text.Json;
using Winnow.Data.Formats;
using Winnow.Scores;

namespace Winnow.Data.Scores;

/// <summary>
/// Scores in a file, an npz archive that numpy reads: of each score an array float32 [n] under its canonical spec, <c>ids</c> int64 [n] (the row of the data's file that each sample is) and
/// <c>manifest</c>, JSON as uint8 (<see cref="ScoreManifest"/>). Written whole or not at all.
/// </summary>
public sealed class ScoreFile
{
    private const string IdsName = "ids", ManifestName = "manifest";

    /// <summary>Scores that belong together.</summary>
    /// <param name="manifest">What there is to say of them; its number of samples and its list of scores are set here.</param>
    /// <param name="scores">At least one, of equally many samples, with different specs.</param>
    /// <param name="ids">The row of the data's file that each sample is; empty: the samples are rows 0, 1, 2 and so on.</param>
    /// <exception cref="DataException">There are none, two are the same, their lengths differ, or one is NaN: the message names score and sample.</exception>
    public ScoreFile(ScoreManifest manifest, IReadOnlyList<ScoreValues> scores, ReadOnlyMemory<long> ids = default)
    {
        ArgumentNullException.ThrowIfNull(manifest);
        ArgumentNullException.ThrowIfNull(scores);
        if (scores.Count == 0)
        {
            throw new DataException("there are no scores; at least one is needed.");
        }

        var count = scores[0].Values.Length;
        if (scores.GroupBy(static score => score.Spec).FirstOrDefault(static group => group.Count() > 1) is { } twice)
        {
            throw new DataException($"the score {twice.Key} is there twice; give each once.");
        }

        foreach (var score in scores)
        {
            if (score.Values.Length != count)
            {
                throw new DataException($"the score {score.Spec} has {score.Values.Length} numbers and {scores[0].Spec} has {count}; scores in a file are of the same samples.");
            }

            CheckNumbers(score);
        }

        if (!ids.IsEmpty && ids.Length != count)
        {
            throw new DataException($"there are {ids.Length} ids for {count} samples; give one a sample, or none.");
        }

        (Scores, Ids) = (scores, ids.IsEmpty ? Array.ConvertAll([.. Enumerable.Range(0, count)], static place => (long)place) : ids);
        Manifest = manifest with { Count = count, Scores = [.. scores.Select(static score => new ScoreEntry(score.Spec, score.Orientation, score.Runs))] };
    }

    /// <summary>What the file says of itself.</summary>
    public ScoreManifest Manifest { get; }

    /// <summary>The scores.</summary>
    public IReadOnlyList<ScoreValues> Scores { get; }

    /// <summary>The row of the data's file that each sample is.</summary>
    public ReadOnlyMemory<long> Ids { get; }

    /// <summary>How many samples there are.</summary>
    public int Count => Manifest.Count;

    /// <summary>A score.</summary>
    /// <param name="name">Its canonical spec, or the part before the colon where only one begins with it; null for the only one.</param>
    /// <exception cref="DataException">There is none, or more than one: the message says what there is.</exception>
    public ScoreValues Find(string? name = null)
    {
        ScoreValues[] found = [.. Scores.Where(score => score.Spec == name)];
        found = found.Length == 1 ? found : [.. Scores.Where(score => name is null || score.Spec.Split(':')[0] == name)];
        return found.Length == 1 ? found[0]
            : throw new DataException($"{(name is null ? "the file holds several scores, of which one has to be named" : found.Length == 0 ? $"the file holds no score {name}" : $"the file holds {found.Length} scores {name}")}; there are {string.Join(", ", Scores.Select(static score => score.Spec))}.");
    }

    /// <summary>Refuses data that the scores aren't of.</summary>
    /// <param name="name">What the data is called.</param>
    /// <param name="count">How many samples it has.</param>
    /// <param name="fingerprint">Its fingerprint; null where nobody knows it.</param>
    /// <exception cref="DataException">It has another number of samples or another fingerprint.</exception>
    public void RequireData(string name, int count, string? fingerprint)
    {
        if (count != Count)
        {
            throw new DataException($"the scores are of {Count} samples{(Manifest.Data is { } data ? $" of {data}" : "")}, and {name} has {count}; take the data that they were made of, or make them again.");
        }

        if (fingerprint is { Length: > 0 } && Manifest.Fingerprint is { Length: > 0 } theirs && theirs != fingerprint)
        {
            throw new DataException($"the scores are of {Manifest.Data ?? "other data"} ({theirs}), and {name} is {fingerprint}: samples, their order or their labels differ; make the scores again.");
        }
    }

    /// <summary>Writes the file; one that is there is replaced.</summary>
    /// <param name="path">The file; its folder must exist.</param>
    /// <exception cref="DataAccessException">It can't be written.</exception>
    public void Write(string path)
    {
        var content = new NpzContent();
        foreach (var score in Scores)
        {
            content.With(score.Spec, NpyArray.Create(score.Values.Span));
        }

        content.With(IdsName, NpyArray.Create(Ids.Span));
        content.With(ManifestName, NpyArray.Create<byte>(JsonSerializer.SerializeToUtf8Bytes(Manifest, ScoreJson.Default.ScoreManifest)));
        Npz.Write(path, content);
    }

    /// <summary>Reads a file.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="DataException">It can't be read, is none of scores or of a later version, or holds what it can't: the message names array and sample.</exception>
    public static ScoreFile Read(string path) => Of(path, Npz.Read(path));

    /// <summary>Whether an archive claims to be a file of scores: whether it has a manifest.</summary>
    /// <param name="content">The archive.</param>
    public static bool IsOne(NpzContent content) => (content ?? throw new ArgumentNullException(nameof(content))).Find(ManifestName) is not null;

    /// <summary>The scores of an archive that was read.</summary>
    /// <param name="path">The file, for messages.</param>
    /// <param name="content">The archive.</param>
    /// <exception cref="DataException">As <see cref="Read"/>.</exception>
    public static ScoreFile Of(string path, NpzContent content)
    {
        var manifest = ReadManifest(path, content);
        var scores = new List<ScoreValues>();
        foreach (var entry in manifest.Scores)
        {
            var array = Vector(path, content, entry.Name, NpyType.Float32, manifest.Count);
            if (entry.Runs < 1)
            {
                throw new DataException($"{path}: {entry.Name} is of {entry.Runs} runs; it is the mean over at least 1. The file was changed.");
            }

            scores.Add(new ScoreValues(entry.Name, entry.Orientation, entry.Runs, array.AsSingles()));
        }

        try
        {
            return new ScoreFile(manifest, scores, Vector(path, content, IdsName, NpyType.Int64, manifest.Count).AsSpan<long>().ToArray());
        }
        catch (DataException error)
        {
            throw new DataException($"{path}: {error.Message}", error);
        }
    }

    private static ScoreManifest ReadManifest(string path, NpzContent content)
    {
        if (content.Find(ManifestName) is not { Type: NpyType.UInt8 } bytes)
        {
            throw new DataException($"{path} is no file of scores: it has no array \"{ManifestName}\" of bytes; give a file that holds scores of Winnow.");
        }

        try
        {
            var manifest = JsonSerializer.Deserialize(bytes.Data.Span, ScoreJson.Default.ScoreManifest);
            return manifest is not { Format: ScoreManifest.FormatName } ? throw new DataException($"{path} is no file of scores: its manifest says that it is {manifest?.Format ?? "nothing"}.")
                : manifest.Version > ScoreManifest.CurrentVersion ? throw new DataException($"{path} has version {manifest.Version} of the layout, and this program reads up to {ScoreManifest.CurrentVersion}; use the version of Winnow that wrote it.")
                : manifest;
        }
        catch (JsonException error)
        {
            throw new DataException($"{path} is no file of scores: its manifest can't be read ({error.Message}).", error);
        }
    }

    private static NpyArray Vector(string path, NpzContent content, string name, NpyType type, int count)
    {
        var array = content.Find(name) ?? throw new DataException($"{path} has no array \"{name}\", of which its manifest speaks; the file was changed, so make it again.");
        return array.Type == type && array.Shape.Length == 1 && array.Length == count
            ? array
            : throw new DataException($"{path}: \"{name}\" holds {array.Type} of shape {array.ShapeText}, and {type} of shape [{count}] is needed; the file was changed, so make it again.");
    }

    private static void CheckNumbers(ScoreValues score)
    {
        try
        {
            score.Check();
        }
        catch (ScoreException error)
        {
            throw new DataException(error.Message, error);
        }
    }
}
