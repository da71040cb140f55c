namespace Winnow.Data.Formats;

// Files opened for reading and written whole or not at all, with the operating system's errors put into sentences.
static class DataFile
{
    public static FileStream OpenRead(string path)
    {
        try
        {
            if (Directory.Exists(path))
                throw new DataAccessException(path, "is a folder where a file is needed.");
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

    // Written beside its final place and renamed: a reader sees the old file, or the new one, never half of it.
    public static void WriteAtomically(string path, Action<Stream> write)
    {
        string temporary = $"{path}.{Environment.ProcessId}.{Interlocked.Increment(ref serial)}.tmp";
        try
        {
            if (Directory.Exists(path))
                throw new DataAccessException(path, "is a folder; give the name of a file.");
            using (var stream = new FileStream(temporary, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, 1 << 16))
            {
                write(stream);
                stream.Flush(flushToDisk: true);
            }

            File.Move(temporary, path, overwrite: true);
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
        finally
        {
            DeleteQuietly(temporary);
        }
    }

    static int serial;

    // Gone already after the rename; what can't be deleted now is no reason to hide the error that led here.
    static void DeleteQuietly(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
        }
    }
}
