using SkiaSharp;

namespace Winnow.Data.Tests.Masks;

/// <summary>Small pictures of things that are known, written into a folder.</summary>
internal static class MaskedPictures
{
    /// <summary>A picture that is transparent but for a rectangle of one colour; PNG.</summary>
    public static byte[] CutOut(int side, SKRectI there, SKColor colour, byte opacity = 255)
    {
        using var picture = new SKBitmap(new SKImageInfo(side, side, SKColorType.Rgba8888, SKAlphaType.Unpremul));
        picture.Erase(SKColors.Transparent);
        for (var y = there.Top; y < there.Bottom; y++)
        {
            for (var x = there.Left; x < there.Right; x++)
            {
                picture.SetPixel(x, y, colour.WithAlpha(opacity));
            }
        }

        using var data = picture.Encode(SKEncodedImageFormat.Png, 100);
        return data.ToArray();
    }

    /// <summary>A picture of one colour; PNG.</summary>
    public static byte[] Plain(int width, int height, SKColor colour)
    {
        using var picture = new SKBitmap(width, height);
        picture.Erase(colour);
        using var data = picture.Encode(SKEncodedImageFormat.Png, 100);
        return data.ToArray();
    }

    /// <summary>A mask in grey, 8 bits a pixel.</summary>
    public static byte[] Mask(int width, int height, Func<int, int, byte> of) => Pictures.TestPictures.Png(
        width, height, 8, 0, [.. Enumerable.Range(0, height).Select(y => Enumerable.Range(0, width).Select(x => of(x, y)).ToArray())]);
}
