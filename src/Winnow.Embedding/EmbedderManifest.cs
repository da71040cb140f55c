using System.Text.Json.Serialization;
using Winnow.Data;

namespace Winnow.Embedding;

/// <summary>How several vectors that a network gives for a sample become one.</summary>
public enum Pooling
{
    /// <summary>The network gives one vector already: [rows, numbers], where further extents may be 1.</summary>
    [JsonStringEnumMemberName("none")]
    None,

    /// <summary>Their mean: over the tokens of a text (padding doesn't count), over the patches of [rows, patches, numbers] or over the places of [rows, numbers, height, width].</summary>
    [JsonStringEnumMemberName("mean")]
    Mean,

    /// <summary>The first of [rows, tokens, numbers], which is that of the token for the whole.</summary>
    [JsonStringEnumMemberName("cls")]
    Cls,
}

/// <summary>
/// What an ONNX file doesn't say of itself and has to be known to embed with it: a JSON file beside the model, or an object. <see cref="ImageManifest"/> (<c>"kind": "images"</c>) or
/// <see cref="TextManifest"/> (<c>"kind": "texts"</c>).
/// </summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(ImageManifest), ImageManifest.Images)]
[JsonDerivedType(typeof(TextManifest), TextManifest.Texts)]
public abstract record EmbedderManifest
{
    private protected EmbedderManifest()
    {
    }

    /// <summary>What is embedded: <c>images</c> or <c>texts</c>.</summary>
    [JsonIgnore]
    public abstract string Kind { get; }

    /// <summary>The network's output that is taken; null for its only or first one.</summary>
    public string? Output { get; init; }

    /// <summary>How several vectors become one. Default: <see cref="Pooling.None"/>.</summary>
    public Pooling Pooling { get; init; }

    /// <summary>Whether each row is divided by its length, so that products of rows are cosines. A row of zeros stays. Default false.</summary>
    public bool Normalize { get; init; }

    /// <summary>Reads a manifest.</summary>
    /// <param name="path">A JSON file. Names are in snake case, such as <c>max_tokens</c>.</param>
    /// <exception cref="DataException">It can't be read, isn't JSON, lacks a setting, has one that is unknown or a value outside its range.</exception>
    public static EmbedderManifest Read(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        try
        {
            return ManifestFile.Parse(path, File.ReadAllBytes(path));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new DataAccessException(path, $"the manifest can't be read: {error.Message.TrimEnd('.')}.", error);
        }
    }

    /// <summary>Refuses values outside their ranges.</summary>
    /// <param name="place">Where they are from, for the message.</param>
    internal virtual void Check(string place)
    {
        if (!Enum.IsDefined(Pooling))
        {
            throw new DataException($"{place}: pooling {(int)Pooling} is unknown; it is none, mean or cls.");
        }
    }
}

/// <summary>The order of a pixel's numbers in a network's input.</summary>
public enum ChannelOrder
{
    /// <summary>Red, green, blue; a grey picture three times the same.</summary>
    [JsonStringEnumMemberName("rgb")]
    Rgb,

    /// <summary>Blue, green, red.</summary>
    [JsonStringEnumMemberName("bgr")]
    Bgr,

    /// <summary>One number a pixel; of colours 0.299 red + 0.587 green + 0.114 blue.</summary>
    [JsonStringEnumMemberName("grey")]
    Grey,
}

/// <summary>The order of a picture's extents in a network's input.</summary>
public enum PictureLayout
{
    /// <summary>Rows, channels, height, width.</summary>
    [JsonStringEnumMemberName("nchw")]
    Nchw,

    /// <summary>Rows, height, width, channels.</summary>
    [JsonStringEnumMemberName("nhwc")]
    Nhwc,
}

/// <summary>
/// How pictures come into a network: the middle square of each, scaled to <see cref="Size"/> by linear interpolation whose reach grows with the reduction, then per channel
/// (value · <see cref="Scale"/> - mean) / deviation, where value is in [0, 255].
/// </summary>
public sealed record ImageManifest : EmbedderManifest
{
    internal const string Images = "images", Example = """{"kind": "images", "size": 224, "scale": 0.00392157, "mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225]}""";

    private const int LargestSize = 4096;

    /// <inheritdoc/>
    [JsonIgnore]
    public override string Kind => Images;

    /// <summary>The network's input; null for its only one.</summary>
    public string? Input { get; init; }

    /// <summary>The side in pixels, in [1, 4096]; null for what the model's input says.</summary>
    public int? Size { get; init; }

    /// <summary>The order of channels. Default: <see cref="ChannelOrder.Rgb"/>.</summary>
    public ChannelOrder Channels { get; init; }

    /// <summary>The order of extents. Default: <see cref="PictureLayout.Nchw"/>.</summary>
    public PictureLayout Layout { get; init; }

    /// <summary>What values in [0, 255] are multiplied by before anything else, positive. Default 1/255.</summary>
    public double Scale { get; init; } = 1 / 255.0;

    /// <summary>What is then subtracted: one number a channel in the network's order, or one for all. Default [0].</summary>
    public IReadOnlyList<double> Mean { get; init; } = [0];

    /// <summary>What is then divided by: one number a channel in the network's order, or one for all; positive. Default [1].</summary>
    public IReadOnlyList<double> Std { get; init; } = [1];

    internal int ChannelCount => Channels == ChannelOrder.Grey ? 1 : 3;

    internal override void Check(string place)
    {
        base.Check(place);
        if (Size is not null and not (>= 1 and <= LargestSize))
        {
            throw new DataException(FormattableString.Invariant($"{place}: size {Size} is not in [1, {LargestSize}]; it is the side in pixels that pictures are scaled to, e.g. 224."));
        }

        if (!Enum.IsDefined(Channels) || !Enum.IsDefined(Layout))
        {
            throw new DataException($"{place}: channels are rgb, bgr or grey, and the layout is nchw or nhwc; there is another number.");
        }

        if (!(Scale > 0) || !double.IsFinite(Scale))
        {
            throw new DataException(FormattableString.Invariant($"{place}: scale {Scale} is not a positive number; it multiplies values in [0, 255], e.g. 0.00392157."));
        }

        foreach (var (name, values, positive) in new[] { ("mean", Mean, false), ("std", Std, true) })
        {
            if (values is null || (values.Count != 1 && values.Count != ChannelCount) || values.Any(value => !double.IsFinite(value) || (positive && value <= 0)))
            {
                throw new DataException($"{place}: {name} is {(values is null ? "null" : $"[{string.Join(", ", values.Select(static value => FormattableString.Invariant($"{value}")))}]")}; it is one {(positive ? "positive " : "")}number, or {ChannelCount}, one a channel.");
            }
        }
    }
}

/// <summary>
/// How texts come into a network: as WordPiece tokens between [CLS] and [SEP], cut after <see cref="MaxTokens"/>, padded to the longest of a batch.
/// </summary>
public sealed record TextManifest : EmbedderManifest
{
    internal const string Texts = "texts", Example = """{"kind": "texts", "vocabulary": "vocab.txt", "max_tokens": 256, "pooling": "mean", "normalize": true}""";

    private const int LargestTokens = 65536;

    /// <inheritdoc/>
    [JsonIgnore]
    public override string Kind => Texts;

    /// <summary>The file of tokens, one a line, its number being that of the line from 0 on; in the model's folder. Default <c>vocab.txt</c>.</summary>
    public string Vocabulary { get; init; } = "vocab.txt";

    /// <summary>Whether letters become small and lose their accents, as an uncased vocabulary needs it. Default true.</summary>
    public bool Lowercase { get; init; } = true;

    /// <summary>The most tokens of a text, [CLS] and [SEP] among them, in [3, 65536]; what is longer is cut. Default 256.</summary>
    public int MaxTokens { get; init; } = 256;

    /// <summary>The input that takes tokens. Default <c>input_ids</c>.</summary>
    public string InputIds { get; init; } = "input_ids";

    /// <summary>The input that takes 1 where there is a token and 0 where there is padding; null for a network without. Default <c>attention_mask</c>.</summary>
    public string? AttentionMask { get; init; } = "attention_mask";

    /// <summary>The input that takes the number of the sentence, 0 for all; null for a network without. Default <c>token_type_ids</c>.</summary>
    public string? TokenTypeIds { get; init; } = "token_type_ids";

    internal override void Check(string place)
    {
        base.Check(place);
        if (MaxTokens is < 3 or > LargestTokens)
        {
            throw new DataException(FormattableString.Invariant($"{place}: max_tokens {MaxTokens} is not in [3, {LargestTokens}]; two of them are [CLS] and [SEP]."));
        }

        if (string.IsNullOrEmpty(Vocabulary) || string.IsNullOrEmpty(InputIds))
        {
            throw new DataException($"{place}: {(string.IsNullOrEmpty(Vocabulary) ? "vocabulary" : "input_ids")} is empty; leave it out, or name what it is.");
        }
    }
}
