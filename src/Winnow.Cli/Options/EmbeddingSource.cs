using System.CommandLine;
using Winnow.Cli.Views;
using Winnow.Data;
using Winnow.Data.Texts;
using Winnow.Embedding;

namespace Winnow.Cli.Options;

/// <summary>The samples that <c>winnow embed</c> takes, of the kind that its embedder takes, and the options that say which.</summary>
internal sealed class EmbeddingSource
{
    private const string Train = "train", Test = "test";

    private readonly Option<string?> _part = Value.Word("--part", "which part of the data set", Train, Test);
    private readonly Option<int?> _limit = Value.Number<int>("--limit", "use only so many samples of the part, as train does: of arrays the first n; of pictures n in all, every class in its share; of texts n, evenly spread", new(1, int.MaxValue), "2000");
    private readonly Option<int?> _imageSize = Value.Number<int>("--image-size", "pictures of a folder: side in pixels that they are read at; with what train was given, fingerprints are the same [default: what the network takes]", new(8, 1024), "64");
    private readonly Option<bool> _skipCorrupt = new("--skip-corrupt") { Description = "pictures: leave out those that can't be used, which otherwise are refused" };

    /// <summary>Whether one of the options is given that mean nothing where a run says which samples there are; null for none.</summary>
    public Option? Settled(ParseResult parsed) => new Option[] { _limit, _imageSize, _skipCorrupt }.FirstOrDefault(option => parsed.GetResult(option) is { Implicit: false });

    /// <summary>Whether the test part is asked for.</summary>
    public bool IsTest(ParseResult parsed) => parsed.GetValue(_part) == Test;

    public void AddTo(Command command)
    {
        foreach (var option in new Option[] { _part, _limit, _imageSize, _skipCorrupt, RecipeOptions.Stream })
        {
            command.Options.Add(option);
        }
    }

    /// <summary>The rows that are wanted, and what is known of them.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="data">A name, a folder or a file.</param>
    /// <param name="embedder">Makes them.</param>
    /// <param name="batchSize">How many go through the network at once.</param>
    /// <param name="terminal">Is told of notes.</param>
    /// <param name="progress">Is told how far pictures are decoded; null for nobody.</param>
    public (EmbeddingRows Rows, EmbeddingInfo Info) Open(ParseResult parsed, string data, Embedder embedder, int batchSize, Terminal terminal, DecodingView? progress)
    {
        var info = new EmbeddingInfo
        {
            Winnow = RunDescription.Version,
            Data = data,
            Part = parsed.GetValue(_part) ?? Train,
            Limit = parsed.GetValue(_limit),
            Fingerprint = "",
            Embedder = embedder.Name,
            ModelSha256 = embedder.ModelSha256,
            Preprocessing = embedder.Manifest,
            Runtime = Embedder.Runtime,
            BatchSize = batchSize,
        };
        return embedder switch
        {
            ImageEmbedder images => Pictures(parsed, data, images, info, terminal, progress),
            TextEmbedder texts => Texts(parsed, data, texts, info, terminal),
            _ => throw new InvalidOperationException($"{embedder.Name} takes {embedder.Manifest.Kind}."),
        };
    }

    private (EmbeddingRows Rows, EmbeddingInfo Info) Pictures(ParseResult parsed, string data, ImageEmbedder embedder, EmbeddingInfo info, Terminal terminal, DecodingView? progress)
    {
        if (LooksLikeTexts(data))
        {
            throw new UsageException($"{data}: holds texts, and the embedder {embedder.Name} takes pictures. For texts take one such as minilm.");
        }

        var loaded = Images(parsed, data, embedder, progress);
        Tell(terminal, loaded.Note);
        var whole = info.Part == Train ? loaded.Train : loaded.Test;
        CheckLimit(info, whole.Count, loaded.Name);

        // As training does it, for either part.
        var set = info.Limit is not { } limit ? whole : loaded.ImageSize is null ? whole.Take(limit) : whole.WithSubset(limit);
        var rows = EmbeddingRows.Of(embedder, set, info.BatchSize);
        return (rows, info with { Data = loaded.Name, Fingerprint = set.Fingerprint, LabelsSha256 = EmbeddingFile.HashLabels(set.Labels), ImageSize = loaded.ImageSize });
    }

    private LoadedData Images(ParseResult parsed, string data, ImageEmbedder embedder, DecodingView? progress)
    {
        var options = new DataOptions { SkipCorrupt = parsed.GetValue(_skipCorrupt), Streaming = parsed.GetValue(RecipeOptions.Stream) ?? Streaming.Auto, Progress = progress is null ? null : progress.Show };
        var size = parsed.GetValue(_imageSize);
        try
        {
            return DataSources.Open(data, options with { ImageSize = size ?? Math.Clamp(embedder.Size, 8, 1024) });
        }
        catch (DataOptionException error) when (error.Setting == nameof(DataOptions.ImageSize) && size is null)
        {
            // It was only a wish: these samples aren't pictures of a folder and have the size that they have.
            return DataSources.Open(data, options);
        }
        catch (DataOptionException error) when (error.Setting == nameof(DataOptions.Masks))
        {
            throw new UsageException($"{data}: has images/ and masks/, and pictures are embedded by class. Give a folder that has the pictures in a sub-folder a class.");
        }
    }

    private (EmbeddingRows Rows, EmbeddingInfo Info) Texts(ParseResult parsed, string data, TextEmbedder embedder, EmbeddingInfo info, Terminal terminal)
    {
        if (DataSources.Names.Contains(data) || (Directory.Exists(data) && !LooksLikeTexts(data)))
        {
            throw new UsageException($"{data}: holds no texts, and the embedder {embedder.Name} takes those: a .jsonl file, or a folder of .jsonl and .txt files. For pictures take one such as resnet18.");
        }

        var texts = TextSources.Open(data, new DataOptions { ImageSize = parsed.GetValue(_imageSize), SkipCorrupt = parsed.GetValue(_skipCorrupt), Streaming = parsed.GetValue(RecipeOptions.Stream) ?? Streaming.Auto });
        Tell(terminal, texts.Note);
        var train = info.Part == Train;
        CheckLimit(info, train ? texts.TrainCount : texts.TestCount, texts.Name);
        var taken = info.Limit is not { } limit ? texts : train ? texts.Limited(limit)
            : new TextData(texts.Name, texts.Train, [.. Enumerable.Range(0, limit).Select(k => texts.Test[(int)((long)k * texts.TestCount / limit)])]);
        return (EmbeddingRows.Of(embedder, train ? taken.Train : taken.Test, info.BatchSize), info with { Data = texts.Name, Fingerprint = taken.Fingerprint });
    }

    private static void Tell(Terminal terminal, string? note)
    {
        if (note is not null)
        {
            terminal.WriteNote(note);
        }
    }

    private static void CheckLimit(EmbeddingInfo info, int count, string name)
    {
        if (info.Limit > count)
        {
            throw new UsageException($"--limit {info.Limit} is not in [1, {count}], the {(info.Part == Train ? "training" : "test")} samples of {name}.");
        }
    }

    private static bool LooksLikeTexts(string data)
    {
        try
        {
            return File.Exists(data) ? IsText(data) : Directory.Exists(data) && Directory.EnumerateFiles(data, "*", SearchOption.AllDirectories).Any(IsText);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // Whoever opens it says what is wrong.
            return false;
        }

        // A data set of pictures or arrays may well have a readme, or names of classes.
        bool IsText(string file) => Path.GetExtension(file) is ".jsonl" || (Path.GetExtension(file) is ".txt" && !Directory.EnumerateFiles(Path.GetDirectoryName(Path.GetFullPath(file))!).Any(IsSample));
    }

    private static bool IsSample(string file) => Path.GetExtension(file).ToLowerInvariant() is ".npy" or ".png" or ".jpg" or ".jpeg" or ".webp" or ".gz" or ".bin";
}
