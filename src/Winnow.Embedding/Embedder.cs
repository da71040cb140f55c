using Microsoft.ML.OnnxRuntime;
using Winnow.Catalog;
using Winnow.Data;

namespace Winnow.Embedding;

/// <summary>What an embedder is opened with.</summary>
public sealed record EmbedderOptions
{
    /// <summary>How many threads compute, at least 1. Default: as many as there are processors.</summary>
    public int Threads { get; init; } = Environment.ProcessorCount;

    /// <summary>How a model file is fed, where there is no manifest beside it (of <c>net.onnx</c> that is <c>net.json</c>); null for that one. Not for embedders with a name.</summary>
    public EmbedderManifest? Manifest { get; init; }

    /// <summary>Where models with a name are kept once they are fetched. Default: <c>winnow/models</c> in the user's cache folder.</summary>
    public string CacheFolder { get; init; } = UserCache.Folder("models");

    /// <summary>Is told what is fetched, from where and under which licence, before that begins; null for nobody.</summary>
    public Action<string>? Note { get; init; }

    /// <summary>Where NuGet keeps unpacked packages; for tests.</summary>
    internal string PackagesFolder { get; init; } = Environment.GetEnvironmentVariable("NUGET_PACKAGES") is { Length: > 0 } given ? given
        : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");

    /// <summary>Ends the fetching.</summary>
    public CancellationToken Stop { get; init; }
}

/// <summary>
/// A network that makes a vector of a picture (<see cref="ImageEmbedder"/>) or of a text (<see cref="TextEmbedder"/>), through ONNX Runtime on the processor. One thread at a time.
/// </summary>
/// <remarks>
/// The same rows in the same batches give the same bits on the same machine, on as many threads as one likes: the tests hold <c>resnet18</c> and <c>minilm</c> to that. Other batches, and other
/// processors, may give other last bits.
/// </remarks>
public abstract class Embedder : IDisposable
{
    private readonly ModelSession _session;

    private protected Embedder(OnnxModel model, ModelSession session, EmbedderManifest manifest, int threads)
    {
        (_session, Manifest, Threads) = (session, manifest, threads);
        // The model itself isn't kept: its bytes are in the session by now.
        (Name, ModelSha256) = (model.Name, model.Sha256);
    }

    /// <summary>What it is called: its name, or the model's file.</summary>
    public string Name { get; }

    /// <summary>SHA-256 of the model's file, 64 hexadecimal digits in lower case.</summary>
    public string ModelSha256 { get; }

    /// <summary>How samples come into the network, and what comes out.</summary>
    public EmbedderManifest Manifest { get; }

    /// <summary>How many numbers a row has, at least 1.</summary>
    public int Dimensions { get; private set; }

    /// <summary>Whether the network takes several rows at once; else they go through it one by one, since its file was exported for one row and says so in places that can't be changed.</summary>
    public bool TakesBatches { get; private protected init; } = true;

    /// <summary>How many threads compute.</summary>
    public int Threads { get; }

    /// <summary>What computes, such as <c>ONNX Runtime 1.31.1</c>.</summary>
    public static string Runtime => $"ONNX Runtime {ModelSession.Runtime}";

    /// <summary>Opens an embedder by name, or from a model's file.</summary>
    /// <param name="nameOrFile">One of <see cref="EmbedderCatalog.All"/>, which is fetched on first use, or an ONNX file with a manifest beside it.</param>
    /// <param name="options">Threads, manifest and cache; null for the defaults.</param>
    /// <exception cref="DataException">Nothing known by this name; no model, or one that ONNX Runtime can't load; no manifest, or one that says otherwise than the model.</exception>
    /// <exception cref="ModelUnavailableException">A named model isn't here and can't be fetched.</exception>
    /// <exception cref="OperationCanceledException">It was to stop while a model was fetched.</exception>
    public static Embedder Open(string nameOrFile, EmbedderOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(nameOrFile);
        options ??= new();
        if (options.Threads < 1)
        {
            throw new ArgumentOutOfRangeException(nameof(options), options.Threads, "At least one thread computes.");
        }

        if (EmbedderCatalog.Find(nameOrFile) is { } named)
        {
            if (options.Manifest is not null)
            {
                throw new DataException($"{nameOrFile} brings its own manifest; leave the other one out.");
            }

            var files = ModelStore.Get(named, options);
            return Open(OnnxModel.Parse(nameOrFile, files[named.Model.Name]), named.Manifest, file => files[file], options.Threads);
        }

        if (!Path.Exists(nameOrFile))
        {
            var meant = Closest.To(nameOrFile, [.. EmbedderCatalog.All.Select(static known => known.Name)]) is { } near ? $" Did you mean {near}?" : "";
            throw new DataException($"{nameOrFile}: neither a known embedder nor a file.{meant} Known are {string.Join(", ", EmbedderCatalog.All.Select(static known => known.Name))}; a file is an ONNX model, such as net.onnx.");
        }

        var model = OnnxModel.Parse(nameOrFile, Bytes(nameOrFile));
        var beside = Path.ChangeExtension(nameOrFile, ".json");
        var manifest = options.Manifest ?? (File.Exists(beside) ? EmbedderManifest.Read(beside) : throw new DataException(
            $"{nameOrFile}: there is no {beside} beside it, which says how samples come into the network. It is an object such as {ImageManifest.Example} or {TextManifest.Example}; the model wants {OnnxModel.List(model.Inputs)} and gives {OnnxModel.List(model.Outputs)}."));
        manifest.Check(options.Manifest is null ? beside : nameOrFile);
        var folder = Path.GetDirectoryName(Path.GetFullPath(nameOrFile))!;
        return Open(model, manifest, file => Bytes(Path.Combine(folder, file)), options.Threads);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _session.Dispose();
        GC.SuppressFinalize(this);
    }

    private protected void Learn(int dimensions) => Dimensions = dimensions;

    private protected void Run(string[] names, OrtValue[] inputs, int rows, ReadOnlySpan<long> mask, Span<float> destination)
    {
        using var output = _session.Run(names, inputs);
        var shape = output.Shape;
        var length = Vectors.Length(Name, shape, rows, Manifest.Pooling);
        if (rows * (long)length != destination.Length || (mask.Length > 0 && shape.Length == 3 && shape[1] != mask.Length / rows))
        {
            throw new DataException($"{Name}: gives [{string.Join(", ", shape)}] for {rows} rows, where {Dimensions} numbers a row were to be expected; its output has to be of one size.");
        }

        Vectors.Take(output.Values, shape, mask, Manifest, destination);
    }

    /// <summary>How many numbers the network gives for one row.</summary>
    private protected int Probe(string[] names, OrtValue[] inputs)
    {
        using var output = _session.Run(names, inputs);
        return Vectors.Length(Name, output.Shape, 1, Manifest.Pooling);
    }

    private static Embedder Open(OnnxModel model, EmbedderManifest manifest, Func<string, byte[]> files, int threads) => manifest switch
    {
        ImageManifest images => ImageEmbedder.Open(model, images, threads),
        TextManifest texts => TextEmbedder.Open(model, texts, WordPieces.Read(texts.Vocabulary, files(texts.Vocabulary), texts.Lowercase), threads),
        _ => throw new ArgumentException($"{manifest.Kind} can't be embedded.", nameof(manifest)),
    };

    private static byte[] Bytes(string path)
    {
        try
        {
            return Directory.Exists(path) ? throw new DataAccessException(path, "is a folder where a file is needed.") : File.ReadAllBytes(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new DataAccessException(path, $"can't be read: {error.Message.TrimEnd('.')}.", error);
        }
    }
}
