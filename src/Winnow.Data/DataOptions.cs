namespace Winnow.Data;

/// <summary>How a data set is looked for, divided where it brings no test part, and decoded where it is pictures.</summary>
public sealed record DataOptions
{
    /// <summary>The name of the environment variable that <see cref="Folder"/> is taken from.</summary>
    public const string FolderVariable = "WINNOW_DATA";

    /// <summary>
    /// The folder that holds one folder a named data set. Default: the environment variable <c>WINNOW_DATA</c>; null when it isn't set.
    /// <c>./data</c> is looked through in any case, after it.
    /// </summary>
    public string? Folder { get; init; } = Environment.GetEnvironmentVariable(FolderVariable) is { Length: > 0 } folder ? folder : null;

    /// <summary>
    /// The share of every class that becomes the test part when a pair of npy files or a folder of pictures has none, in (0, 1). Default 1/6: the sixth, twelfth,
    /// … sample of every class in file order.
    /// </summary>
    public double Holdout { get; init; } = 1.0 / 6.0;

    /// <summary>The side that <see cref="ImageSize"/> stands for where it is null: 64.</summary>
    public const int DefaultImageSize = 64;

    /// <summary>
    /// The side in pixels of the square that every picture of a folder of pictures is scaled to, in [8, 1024]. Null (default):
    /// <see cref="DefaultImageSize"/>. Sets of other files have the size that their files give them, and refuse another.
    /// </summary>
    public int? ImageSize { get; init; }

    /// <summary>Whether pictures that can't be used are left out and named in <see cref="TaskData.Note"/>. Default false: they are refused.</summary>
    public bool SkipCorrupt { get; init; }

    /// <summary>
    /// Whether each sample is to bring the class of each of its pixels, as the task <c>segment</c> needs it (<see cref="LoadedData.HasMasks"/>): from a folder with <c>images</c> and
    /// <c>masks</c>, or from pictures by class that are cut out, over <see cref="Backgrounds"/>. Default false.
    /// </summary>
    public bool Masks { get; init; }

    /// <summary>The folder of pictures that cut-out pictures are laid over where <see cref="Masks"/> are asked for; null for none.</summary>
    public string? Backgrounds { get; init; }

    /// <summary>On how many threads pictures are decoded, at least 1; the result is the same on any number. Default: as many as there are processors.</summary>
    public int Threads { get; init; } = Environment.ProcessorCount;

    /// <summary>
    /// Whether samples are taken into memory or read from their files while they are used: of npy files in numbered pieces, and of pictures once they are decoded. Default:
    /// <see cref="Streaming.Auto"/>. Data sets of other files are taken into memory.
    /// </summary>
    public Streaming Streaming { get; init; }

    /// <summary>
    /// Where decoded pictures are kept, so that they are decoded once, and what was found out by reading all samples that stay in their files; it is made if it isn't there. Null
    /// keeps nothing. Default: <c>winnow/pictures</c> in the user's cache folder.
    /// </summary>
    public string? CacheFolder { get; init; } = UserCache.Folder("pictures");

    /// <summary>
    /// Is told how far decoding is, about ten times a second and once at the end, on the thread that opens the data. Isn't called where the pictures were decoded before.
    /// What it throws ends the decoding.
    /// </summary>
    public Action<DecodingProgress>? Progress { get; init; }
}
