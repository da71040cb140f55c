namespace Winnow.Data.Formats;

// Files opened for reading and written whole or not at all, with the operating system's errors put into sentences.
internal static class DataFile
{
    public static FileStream OpenRead(string path)
    {
        try
        {
            if (Directory.Exists(path))
            {
                throw new DataAccessException(path, "is a folder where a file is needed.");
            }

            return new FileStream(path, new FileStreamOptions { Options = FileOptions.SequentialScan, BufferSize = 1 << 16 });
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new DataAccessException(path, "there is no such file.", e);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new DataAccessException(path, "no permission to read it.", e);
        }
        catch (Exception e) when (e is IOException or ArgumentException or NotSupportedException)
        {
            throw new DataAccessException(path, $"can't be opened: {e.Message}", e);
        }
    }

    // As AtomicFile, with the system's errors in sentences.
    public static void WriteAtomically(string path, Action<Stream> write)
    {
        if (Directory.Exists(path))
        {
            throw new DataAccessException(path, "is a folder; give the name of a file.");
        }

        try
        {
            AtomicFile.Write(path, write);
        }
        catch (DirectoryNotFoundException e)
        {
            throw new DataAccessException(path, "its folder doesn't exist; create it first.", e);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new DataAccessException(path, "no permission to write there.", e);
        }
        catch (Exception e) when (e is IOException or ArgumentException or NotSupportedException)
        {
            throw new DataAccessException(path, $"can't be written: {e.Message}", e);
        }
    }
}
