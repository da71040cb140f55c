using System.Text.Json;

namespace Winnow.Records.Tests;

public class RecordedRecipeTests
{
    [Fact]
    public void Settings_are_read_as_what_they_are_and_nothing_else()
    {
        var recipe = Of("""{"model":"resnet9","epochs":8,"label_noise":0.25,"seed":18446744073709551615,"flip":true,"augmentation":{"cutout":8},"width":null}""");
        Assert.Equal("resnet9", recipe.Model);
        Assert.Equal(8UL, recipe.Whole("epochs"));
        Assert.Equal(0.25, recipe.Number("label_noise"));
        Assert.Equal(ulong.MaxValue, recipe.Whole("seed"));
        Assert.True(recipe.Flag("flip"));
        Assert.Equal(8UL, recipe.Part("augmentation")!.Whole("cutout"));
        Assert.Null(recipe.Number("width"));
        Assert.Null(recipe.Whole("label_noise"));
        Assert.Null(recipe.Text("epochs"));
        Assert.Null(recipe.Flag("model"));
        Assert.Null(recipe.Part("model"));
        Assert.Null(recipe.Text("nothing"));
    }

    [Fact]
    public void Settings_that_this_version_doesnt_know_are_kept()
    {
        const string Text = """{"model":"unet","task":"segment","of_tomorrow":[1,{"a":"ü"}]}""";
        Assert.Equal(Text, JsonSerializer.Serialize(Of(Text), RunJson.Line.RecordedRecipe));
    }

    [Fact]
    public void Two_are_the_same_when_all_settings_are()
    {
        Assert.Equal(Of("""{"epochs":8,"model":"mlp"}"""), Of("""{"model":"mlp","epochs":8}"""));
        Assert.Equal(Of("""{"epochs":8}""").GetHashCode(), Of("""{ "epochs": 8 }""").GetHashCode());
        Assert.NotEqual(Of("""{"epochs":8}"""), Of("""{"epochs":9}"""));
        Assert.NotEqual(Of("""{"epochs":8}"""), Of("""{"epochs":8,"width":1}"""));
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("3")]
    [InlineData("\"resnet9\"")]
    public void What_is_no_object_is_no_recipe(string text)
    {
        Assert.Throws<JsonException>(() => Of(text));
        using var document = JsonDocument.Parse(text);
        Assert.Throws<ArgumentException>(() => new RecordedRecipe(document.RootElement));
    }

    private static RecordedRecipe Of(string text) => JsonSerializer.Deserialize(text, RunJson.Line.RecordedRecipe)!;
}
