namespace Winnow.Embedding;

/// <summary>What stands beside a file of embeddings: what its rows are of and what made them.</summary>
public sealed record EmbeddingInfo
{
    /// <summary>What <see cref="Format"/> is.</summary>
    public const string FormatName = "winnow embeddings 1";

    /// <summary>Says what kind of file this is.</summary>
    public string Format { get; init; } = FormatName;

    /// <summary>Which version of Winnow has written it.</summary>
    public required string Winnow { get; init; }

    /// <summary>How many rows there are. Row i is sample i of the part.</summary>
    public int N { get; init; }

    /// <summary>How many numbers a row has.</summary>
    public int D { get; init; }

    /// <summary>SHA-256 of the npy file, 64 hexadecimal digits in lower case.</summary>
    public string Sha256 { get; init; } = "";

    /// <summary>What the data set is called.</summary>
    public required string Data { get; init; }

    /// <summary>The part that was embedded: <c>train</c> or <c>test</c>.</summary>
    public required string Part { get; init; }

    /// <summary>How many samples of the part were taken where not all were; null for all.</summary>
    public int? Limit { get; init; }

    /// <summary>
    /// What tells data apart: for images that of the samples that were embedded (<c>SampleSet.Fingerprint</c>), which depends on <see cref="ImageSize"/>; for texts that of the whole data set
    /// (<c>TextData.Fingerprint</c>).
    /// </summary>
    public required string Fingerprint { get; init; }

    /// <summary>
    /// SHA-256 of the labels as int32, little-endian, in the order of the rows: the same however large pictures of a folder were read. Null where there are none.
    /// </summary>
    public string? LabelsSha256 { get; init; }

    /// <summary>The side that pictures of a folder were read at; null for others.</summary>
    public int? ImageSize { get; init; }

    /// <summary>What made the rows: an embedder's name, a model's file, or a run's folder.</summary>
    public required string Embedder { get; init; }

    /// <summary>SHA-256 of the model's file or of the run's weights, 64 hexadecimal digits in lower case.</summary>
    public required string ModelSha256 { get; init; }

    /// <summary>How samples came into the network; null for a run, whose <c>run.json</c> says it.</summary>
    public EmbedderManifest? Preprocessing { get; init; }

    /// <summary>What computed them, such as <c>ONNX Runtime 1.31.1</c>.</summary>
    public required string Runtime { get; init; }

    /// <summary>How many rows went through the network at once.</summary>
    public int BatchSize { get; init; }

    /// <summary>How many seconds reading, computing and writing took.</summary>
    public double Seconds { get; init; }
}

/// <summary>How far embedding is.</summary>
/// <param name="Done">How many rows are written.</param>
/// <param name="Total">How many there are.</param>
public readonly record struct EmbeddingProgress(int Done, int Total);
