using Winnow.Data;
using Winnow.Data.Formats;

namespace Winnow.Networks.Masks;

/// <summary>
/// Masks in a file, an npz archive that numpy reads: <c>format_version</c> (int64, 1), and for each parameter <c>bits/NAME</c> (uint8, eight elements a byte from the lowest bit) and
/// <c>shape/NAME</c> (int64). Deflated, because pruned layers' bits are far from random. In Python:
/// <c>numpy.unpackbits(f["bits/fc.weight"], count=shape.prod(), bitorder="little").reshape(shape)</c> with <c>shape = f["shape/fc.weight"]</c>.
/// </summary>
public static class MaskFile
{
    /// <summary>What names of such files end in where they stand beside a network's weights.</summary>
    public const string Ending = ".masks.npz";

    /// <summary>The layout that is written; later ones are refused.</summary>
    public const long Version = 1;

    private const string VersionName = "format_version", Bits = "bits/", Shapes = "shape/";

    /// <summary>Writes masks into a file, whole or not at all; one that is there is replaced. The same masks give the same bytes.</summary>
    /// <param name="path">The file; its folder must exist.</param>
    /// <param name="masks">The masks.</param>
    /// <exception cref="DataAccessException">It can't be written.</exception>
    public static void Write(string path, MaskSet masks) => Npz.Write(path, Content(masks), compress: true);

    /// <summary>Writes masks into a stream.</summary>
    /// <param name="stream">Written from where it is, stays open.</param>
    /// <param name="masks">The masks.</param>
    public static void Write(Stream stream, MaskSet masks) => Npz.Write(stream, Content(masks), compress: true);

    /// <summary>Reads a file.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="DataException">It can't be read or is damaged.</exception>
    /// <exception cref="NetworkPruningException">It holds no masks, is of a later version, or its arrays don't go together: the message names the parameter.</exception>
    public static MaskSet Read(string path) => Of(path, Npz.Read(path));

    /// <summary>Reads a stream that can seek.</summary>
    /// <param name="stream">Stays open.</param>
    /// <param name="name">What it is called in messages.</param>
    /// <inheritdoc cref="Read(string)"/>
    public static MaskSet Read(Stream stream, string name) => Of(name, Npz.Read(stream, name));

    private static NpzContent Content(MaskSet masks)
    {
        ArgumentNullException.ThrowIfNull(masks);
        var content = new NpzContent().With(VersionName, NpyArray.Scalar(Version));
        foreach (var mask in masks)
        {
            content.With(Bits + mask.Name, NpyArray.Create<byte>(mask.ToPackedBits()));
            content.With(Shapes + mask.Name, NpyArray.Create<long>([.. mask.Shape], mask.Shape.Count));
        }

        return content;
    }

    private static MaskSet Of(string name, NpzContent content)
    {
        if (content.Find(VersionName) is not { Type: NpyType.Int64, Length: 1 } version)
        {
            throw new NetworkPruningException($"{name} is no file of masks: it has no whole number \"{VersionName}\"; give a file that holds masks of Winnow.");
        }

        if (version.AsSpan<long>()[0] is var number && number is < 1 or > Version)
        {
            throw new NetworkPruningException($"{name} has version {number} of the layout, and this program reads up to {Version}; use the version of Winnow that wrote it.");
        }

        var masks = new List<Mask>();
        foreach (var (key, array) in content.Arrays)
        {
            if (key.StartsWith(Bits, StringComparison.Ordinal))
            {
                masks.Add(ReadMask(name, key[Bits.Length..], array, content));
            }
            else if (key != VersionName && !(key.StartsWith(Shapes, StringComparison.Ordinal) && content.Find(Bits + key[Shapes.Length..]) is not null))
            {
                throw new NetworkPruningException($"{name} holds \"{key}\", which belongs to no mask; the file was changed, so make it again.");
            }
        }

        return new(masks);
    }

    private static Mask ReadMask(string name, string parameter, NpyArray bits, NpzContent content)
    {
        if (parameter.Length == 0 || bits is not { Type: NpyType.UInt8, Shape.Length: 1 })
        {
            throw new NetworkPruningException($"{name}: the bits of {parameter} are {bits.Type} of shape {bits.ShapeText}, and they have to be bytes of one extent; the file was changed, so make it again.");
        }

        if (content.Find(Shapes + parameter) is not { Type: NpyType.Int64, Shape.Length: 1 } shape || shape.AsSpan<long>().ContainsAnyInRange(long.MinValue, -1))
        {
            throw new NetworkPruningException($"{name} has bits of {parameter} and no shape of whole numbers for it; the file was changed, so make it again.");
        }

        try
        {
            return Mask.FromPackedBits(parameter, bits.AsSpan<byte>(), shape.AsSpan<long>());
        }
        catch (Exception error) when (error is NetworkPruningException or OverflowException)
        {
            throw new NetworkPruningException($"{name}: {error.Message}", error);
        }
    }
}
