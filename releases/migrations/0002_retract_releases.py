from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("releases", "0001_initial")]

    operations = [
        migrations.AlterField(
            model_name="release",
            name="state",
            field=models.CharField(
                choices=[("building", "Building"), ("ready", "Ready"), ("retracted", "Retracted")],
                default="building",
                max_length=10,
            ),
        ),
    ]
