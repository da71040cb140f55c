using System.Security.Cryptography;
using Winnow.Data;

namespace Winnow.Training;

/// <summary>
/// A file that is part of what a run is, such as its model. Where it lies is only for finding it: two runs with the same content of it are the same run.
/// </summary>
/// <param name="Path">The full path.</param>
/// <param name="Sha256">The SHA-256 of its content, in lower-case hexadecimal.</param>
public sealed record FileIdentity(string Path, string Sha256)
{
    /// <summary>The file as it is now.</summary>
    /// <param name="path">A file.</param>
    /// <exception cref="DataAccessException">It isn't there, is a folder, or can't be read.</exception>
    public static FileIdentity Of(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return Reading(path, static (path, stream) => new FileIdentity(System.IO.Path.GetFullPath(path), Hash(stream)));
    }

    /// <summary>Reads the file, if it still is what it was.</summary>
    /// <param name="read">Reads it from the stream, which stands at its beginning and tells its length.</param>
    /// <exception cref="DataAccessException">It isn't there any more, or can't be read.</exception>
    /// <exception cref="RecipeException">It has another content now.</exception>
    internal T Read<T>(Func<Stream, T> read) => Reading(Path, (path, stream) =>
    {
        var found = Hash(stream);
        if (found != Sha256)
        {
            throw new RecipeException($"{path} isn't the file that the run was begun with: its SHA-256 was {Sha256} and is {found}. Put that one there again, or begin a new run.");
        }

        stream.Position = 0;
        return read(stream);
    });

    private static T Reading<T>(string path, Func<string, Stream, T> read)
    {
        try
        {
            if (Directory.Exists(path))
            {
                throw new DataAccessException(path, "is a folder where a file is needed.");
            }

            using var stream = new FileStream(path, new FileStreamOptions { Options = FileOptions.SequentialScan, BufferSize = 1 << 16 });
            return read(path, stream);
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new DataAccessException(path, "there is no such file.", error);
        }
        catch (UnauthorizedAccessException error)
        {
            throw new DataAccessException(path, "no permission to read it.", error);
        }
        catch (Exception error) when (error is IOException or NotSupportedException)
        {
            throw new DataAccessException(path, $"can't be read: {error.Message}", error);
        }
    }

    // By the length that the file tells, so that a device without an end has one.
    private static string Hash(Stream stream)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var part = new byte[1 << 16];
        for (var left = stream.Length; left > 0;)
        {
            var read = stream.Read(part, 0, (int)Math.Min(part.Length, left));
            if (read == 0)
            {
                throw new EndOfStreamException("it became shorter while it was read.");
            }

            hash.AppendData(part, 0, read);
            left -= read;
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
