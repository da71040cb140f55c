using System.Runtime.CompilerServices;
using System.Text;

namespace Winnow.Native;

/// <summary>What can be found out about a caller's memory before it is touched.</summary>
internal static unsafe class Check
{
    private const int LongestText = 4096;

    private static readonly UTF8Encoding s_strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>A structure that is there and of this library's version.</summary>
    public static void Structure<T>(T* structure, uint size, string name) where T : unmanaged
    {
        NotNull(structure, name);
        if (size != sizeof(T))
        {
            throw new InputException($"{name}->size is {size} and the structure has {sizeof(T)} bytes here; set it to its sizeof, and compile against " +
                "the winnow.h of this library's version");
        }
    }

    /// <summary>Memory that has to be there.</summary>
    public static void NotNull(void* pointer, string name)
    {
        if (pointer is null)
        {
            throw new InputException($"{name} is NULL; pass an address");
        }
    }

    /// <summary>A number that counts something or says a place, in a range: every one that a caller passes comes through here.</summary>
    public static long Count(long value, string name, long least, long most = long.MaxValue) => value >= least && value <= most
        ? value
        : throw new InputException(least == most ? $"{name} is {value}; it is {least}"
            : most == long.MaxValue ? $"{name} is {value}; it is at least {least}"
            : $"{name} is {value}; it is in [{least}, {most}]");

    /// <summary>How many elements an array has.</summary>
    public static int Length(long count, string name) => (int)Count(count, $"the number of elements of {name}", 0, int.MaxValue);

    /// <summary>An array of so many elements, where elements of that type can lie.</summary>
    public static Span<T> Span<T>(T* pointer, long count, string name) where T : unmanaged
    {
        var length = Length(count, name);
        if (length > 0)
        {
            NotNull(pointer, name);
            if ((nuint)pointer % (nuint)Unsafe.SizeOf<T>() != 0)
            {
                throw new InputException($"{name} doesn't lie at a multiple of {Unsafe.SizeOf<T>()} bytes, the size of its elements; pass an aligned array");
            }
        }

        return new Span<T>(pointer, length);
    }

    /// <summary>A text; invalid UTF-8 is refused rather than replaced.</summary>
    public static string Text(byte* text, string name)
    {
        NotNull(text, name);
        var length = 0;
        while (length <= LongestText && text[length] != 0)
        {
            length++;
        }

        if (length > LongestText)
        {
            throw new InputException($"{name} has no NUL within {LongestText} bytes; end it with one");
        }

        try
        {
            return s_strict.GetString(text, length);
        }
        catch (DecoderFallbackException error)
        {
            throw new InputException($"{name} isn't UTF-8 at byte {error.Index}; pass UTF-8", error);
        }
    }
}
