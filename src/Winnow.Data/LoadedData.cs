namespace Winnow.Data;

/// <summary>Images or vectors in memory: what to train on and what to test on. Both have the same shape, element type and classes.</summary>
/// <param name="Train">The training part, never empty.</param>
/// <param name="Test">The test part, never empty.</param>
/// <param name="Description">One line for people: name, counts, shape, classes.</param>
/// <param name="Note">Something the user should know about how the files were understood; null when there is nothing.</param>
public sealed record LoadedData(SampleSet Train, SampleSet Test, string Description, string? Note) : TaskData(Description, Note)
{
    /// <inheritdoc/>
    public override string Name => Train.Name;

    /// <inheritdoc/>
    public override string Kind => Train.IsImage ? "images" : "vectors";

    /// <inheritdoc/>
    public override int TrainCount => Train.Count;

    /// <inheritdoc/>
    public override int TestCount => Test.Count;

    /// <summary>The side in pixels that the pictures of a folder were scaled to; null for other files, which have a size of their own.</summary>
    public int? ImageSize { get; init; }

    /// <summary>
    /// Whether the last plane of each sample is a mask: the class of each of its pixels, or <see cref="IgnoredPixel"/>. Classes are then those of pixels, of which 0 usually is the background, and a
    /// sample's label is the class that it mainly shows.
    /// </summary>
    public bool HasMasks { get; init; }

    /// <summary>What a mask holds where a pixel has no class, or none that is known: 255.</summary>
    public const byte IgnoredPixel = 255;

    /// <summary>
    /// The same with fewer training samples, for a trial: the first ones in the files' order; of a folder of pictures, which lie class by class, every class in its share
    /// (<see cref="StratifiedSubset.WithSubset"/>).
    /// </summary>
    /// <param name="count">How many, in [1, the number of training samples].</param>
    public override LoadedData Limited(int count) => this with { Train = ImageSize is null ? Train.Take(count) : Train.WithSubset(count) };
}
