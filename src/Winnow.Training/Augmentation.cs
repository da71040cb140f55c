using System.Globalization;
using Winnow.Catalog;

namespace Winnow.Training;

/// <summary>
/// How training images are varied: mirrored, cropped at random after zero padding, and with a square cut out.
/// The draws of a sample in an epoch come from (seed, epoch, sample) and not from its place in a batch.
/// </summary>
public sealed record Augmentation
{
    private static readonly NumberRange<int> s_pixels = new(1, 64);

    /// <summary>Nothing is varied.</summary>
    public static Augmentation None { get; } = new();

    /// <summary>Mirror left to right with probability one half. Default false.</summary>
    public bool Flip { get; init; }

    /// <summary>Pixels of zero padding on each side before a crop of the original size is taken at a random place; 0 takes no crop.</summary>
    public int CropPadding { get; init; }

    /// <summary>Side in pixels of a square set to the mean at a random centre (DeVries and Taylor, arXiv 1708.04552); 0 cuts nothing.</summary>
    public int Cutout { get; init; }

    /// <summary>True when any variation is asked for.</summary>
    public bool Any => Flip || CropPadding > 0 || Cutout > 0;

    /// <summary>Reads <c>none</c> or a comma-separated list of <c>flip</c>, <c>crop=PIXELS</c> and <c>cutout=PIXELS</c>.</summary>
    /// <exception cref="RecipeException">An item is unknown, given twice or out of range.</exception>
    public static Augmentation Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.Trim() is "none")
        {
            return None;
        }

        var result = None;
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var item in text.Split(',', StringSplitOptions.TrimEntries))
        {
            var (name, value) = item.Split('=', 2) is [var left, var right] ? (left, right) : (item, null);
            if (!seen.Add(name))
            {
                throw new RecipeException($"\"{name}\" stands twice in the augmentation \"{text}\"; give it once.");
            }

            result = (name, value) switch
            {
                ("flip", null) => result with { Flip = true },
                ("crop", not null) => result with { CropPadding = Pixels(value, item, text) },
                ("cutout", not null) => result with { Cutout = Pixels(value, item, text) },
                _ => throw new RecipeException(
                    $"\"{item}\" in the augmentation \"{text}\" is not one of flip, crop=PIXELS, cutout=PIXELS, none; e.g. flip,crop=4,cutout=8."),
            };
        }

        return result;
    }

    /// <summary>The text that <see cref="Parse"/> reads back.</summary>
    public override string ToString()
    {
        if (!Any)
        {
            return "none";
        }

        var items = new List<string>();
        if (Flip)
        {
            items.Add("flip");
        }

        if (CropPadding > 0)
        {
            items.Add(string.Create(CultureInfo.InvariantCulture, $"crop={CropPadding}"));
        }

        if (Cutout > 0)
        {
            items.Add(string.Create(CultureInfo.InvariantCulture, $"cutout={Cutout}"));
        }

        return string.Join(',', items);
    }

    private static int Pixels(string value, string item, string text) => NumberText.Read(value, s_pixels, out var pixels) is null
        ? pixels
        : throw new RecipeException($"\"{item}\" in the augmentation \"{text}\" needs a whole number of pixels in {s_pixels}, e.g. {item.Split('=')[0]}=4.");
}
